#include "src/replay/dispatcher.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "netstack/wire/build_packet.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

void CloseAtFin(TargetModel::Connection& connection) {
  if (connection.fin_received) connection.Close();
}

BOOST_AUTO_TEST_CASE(SessionsOfManyClientsRunSideBySide) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  for (std::uint16_t port = 2000; port < 2200; ++port) {
    world.NewClient(port).Syn().Ack().Says("from " + std::to_string(port)).Fin();
  }
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 200U);
  for (const auto& [flow, connection] : world.target.connections()) {
    const std::string port = flow.substr(flow.find(':') + 1, 4);
    BOOST_TEST(connection.received == "from " + port);
  }
}

BOOST_AUTO_TEST_CASE(ARepeatedSynOpensNothing) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Syn().Ack().Syn();
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.dispatcher->sessions() == 1U);
}

BOOST_AUTO_TEST_CASE(AReusedPortIsANewSessionThatWaitsForItsTuple) {
  ReplayWorld world;
  world.NewClient(4000, 1000).Syn().Ack().Says("first").Fin();
  world.Settle();
  world.NewClient(4000, 90'000).Syn().Ack().Says("second").Fin();
  world.Settle();
  // The first one's 4-tuple is still in use: its target has not closed.
  BOOST_TEST(world.dispatcher->sessions() == 2U);
  BOOST_TEST(world.target.only().received == "first");
  world.target.application = CloseAtFin;
  world.target.only().Close();
  world.FlushTarget(world.NewClient(4000).captured());
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "second");
  BOOST_TEST(world.Count(Outcome::kCompleted) == 2U);
}

BOOST_AUTO_TEST_CASE(AReusedPortEndsTheCaptureOfAnUnfinishedSession) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  world.NewClient(4000, 1000).Syn().Ack().Says("first");
  world.NewClient(4000, 90'000).Syn().Ack().Says("second").Fin();
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCaptureEnded) == 1U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.target.only().received == "second");
}

BOOST_AUTO_TEST_CASE(ASessionWithoutASynIsCountedOnceAndNotReplayed) {
  ReplayWorld world;
  world.NewClient().Ack().Ack();
  BOOST_TEST(world.ledger.Of(PacketVerdict::kStray) == 2U);
  BOOST_TEST(world.ledger.seen().sessions == 0U);
  auto client = world.NewClient();
  client.Says("mid").Says("stream").Fin();
  world.Settle();
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kNoSynSeen).bytes == 9U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kLeftOut) == 3U);
  BOOST_TEST(world.packets_sent == 0U);
}

BOOST_AUTO_TEST_CASE(PacketsBehindTheEndOfASessionAreNoNewOne) {
  ReplayWorld world;
  world.target.on_syn = TargetModel::OnSyn::kRefuse;
  auto client = world.NewClient();
  client.Syn().Ack();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kRefusedByTarget) == 1U);
  client.Says("late").Fin();
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kRefusedByTarget).bytes == 4U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(SamplingLeavesTheSameSessionsOutEveryTime) {
  ReplayPolicy policy;
  policy.admission.sample_percent = 30;
  std::vector<bool> chosen[2];
  for (auto& choice : chosen) {
    ReplayWorld world(policy);
    for (std::uint16_t port = 2000; port < 4000; ++port) {
      const std::uint64_t before = world.Count(Outcome::kLeftOutBySampling);
      world.NewClient(port).Syn();
      choice.push_back(world.Count(Outcome::kLeftOutBySampling) == before);
    }
  }
  BOOST_TEST((chosen[0] == chosen[1]));
  const auto taken = std::count(chosen[0].begin(), chosen[0].end(), true);
  BOOST_TEST(taken > 520);  // 600 of 2,000 expected, four standard deviations
  BOOST_TEST(taken < 680);
}

BOOST_AUTO_TEST_CASE(AFullPoolRefusesIntoTheLedger) {
  ReplayPolicy policy;
  policy.max_sessions = 3;
  ReplayWorld world(policy);
  for (std::uint16_t port = 2000; port < 2005; ++port) world.NewClient(port).Syn();
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 2U);
  BOOST_TEST(world.ledger.active().sessions == 3U);
}

BOOST_AUTO_TEST_CASE(WithoutAnAddressASessionIsRefusedIntoTheLedger) {
  ReplayWorld world;
  world.NewClient(1).Syn().Ack().Says("x");
  BOOST_TEST(world.Count(Outcome::kNoAddressOrPort) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kNoAddressOrPort).bytes == 1U);
}

BOOST_AUTO_TEST_CASE(OnlyWhatIsSentToASourceIsSelected) {
  ReplayWorld world({}, 1U << 20, "81-10.0.0.2:8080");
  world.NewClient().Syn();
  BOOST_TEST(world.ledger.Of(PacketVerdict::kNotSelected) == 1U);
  BOOST_TEST(world.ledger.seen().sessions == 0U);
}

BOOST_AUTO_TEST_CASE(OurOwnCopiesAreNeverCopied) {
  // A mirror shows the replay's packets, and its target is a source as well.
  ReplayWorld world({}, 1U << 20, "80-198.51.100.1:80");
  auto client = world.NewClient();
  client.Syn();  // replayed from the same 4-tuple here
  world.Settle();
  client.Ack().Says("x");
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kNotSelected) == 2U);
}

BOOST_AUTO_TEST_CASE(WhatDoesNotParseIsCounted) {
  ReplayWorld world;
  world.Capture({0x45, 0, 0});
  BOOST_TEST(world.ledger.packets() == 1U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kToSession) == 0U);
}

BOOST_AUTO_TEST_CASE(TheFirstCutPacketIsToldAndItsSessionHasAGap) {
  ReplayWorld world;
  world.snapshot_length = 60;
  world.NewClient().Syn().Ack().Says("a short one").Says(std::string(500, 'x')).Fin();
  world.dispatcher->OnCaptureEnd();
  world.Run(1s);
  BOOST_TEST(world.first_cut == 4U);
  BOOST_TEST(world.ledger.cut_packets() == 1U);
  BOOST_TEST(world.Count(Outcome::kCaptureGap) == 1U);
  BOOST_TEST(world.target.only().received == "a short one" + std::string(20, 'x'));
}

BOOST_AUTO_TEST_CASE(APacketCutWithinItsHeadersIsToldAsWell) {
  ReplayWorld world;
  world.snapshot_length = 30;
  world.NewClient().Syn();
  BOOST_TEST(world.first_cut == 1U);
  BOOST_TEST(world.ledger.Of(ParseError::kTruncated) == 1U);
  BOOST_TEST(world.ledger.seen().sessions == 0U);
}

BOOST_AUTO_TEST_CASE(FragmentedRequestsAreReassembled) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  auto client = world.NewClient();
  client.Syn().Ack();
  world.fragment_bytes = 40;
  client.Says("a request that no longer fits into one piece of forty bytes").Fin();
  world.Run(1s);
  BOOST_TEST(world.target.only().received ==
             "a request that no longer fits into one piece of forty bytes");
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.ledger.packets() == world.captured_packets);
  BOOST_TEST(world.ledger.Of(ParseError::kFragment) == 1U);  // the last piece is the segment
}

/// What a capture that shows everything `sightings` times, on as many interfaces, comes to.
struct Sighted {
  explicit Sighted(int sightings) {
    world.client_sightings = sightings;
    world.reply_views = static_cast<std::uint32_t>(sightings);
    world.target.application = [](TargetModel::Connection& connection) {
      connection.fin_received ? connection.Close() : connection.Reply("ok\n");
    };
    world.NewClient(4000).Syn().Ack().Says("one").Says("two", 3).Fin(6);
    world.NewClient(4001).Syn().Ack().Says(std::string(20'000, 'x')).Rst();
    world.NewClient(4002).Says("of a session before").Fin();
    world.Run(5s);
    world.NewClient(4000, 90'000).Syn().Ack().Says("port used again").Fin();
    world.Run(5s);
    world.dispatcher->OnCaptureEnd();
    world.Run(5s);
  }
  ReplayWorld world;
};

BOOST_AUTO_TEST_CASE(ACaptureThatShowsEveryPacketTwiceComesToTheSame) {
  const Sighted once(1);
  BOOST_TEST(once.world.Count(Outcome::kCompleted) == 2U);
  for (const int sightings : {2, 3}) {
    const Sighted more(sightings);
    BOOST_TEST((more.world.ledger.seen() == once.world.ledger.seen()));
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      const auto outcome = static_cast<Outcome>(i);
      BOOST_TEST((more.world.ledger.Of(outcome) == once.world.ledger.Of(outcome)),
                 ToString(outcome));
    }
    BOOST_TEST(more.world.ledger.replies() == once.world.ledger.replies());
    // No ACK more than without the twins, no retransmission.
    BOOST_TEST(more.world.packets_sent == once.world.packets_sent);
  }
}

BOOST_AUTO_TEST_CASE(StrayRepliesAreCounted) {
  ReplayWorld world;
  const FlowKey flow{{IpAddress::V4(1), 8080}, {IpAddress::V4(2), 99}};
  TcpSegment segment;
  segment.flags.bits = TcpFlags::kAck;
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV4, {}));
  BuildPacket(flow, segment, 0, packet);
  world.dispatcher->target_side().OnPacket(
      {.bytes = packet, .link = LinkType::kRawIp, .wire_length = packet.size()});
  BOOST_TEST(world.ledger.stray_replies() == 1U);
}

BOOST_AUTO_TEST_CASE(EndAllResetsWhatIsInFlight) {
  ReplayWorld world;
  for (std::uint16_t port = 2000; port < 2010; ++port) {
    world.NewClient(port).Syn().Ack().Says("x").Sees(1);
  }
  world.Settle();
  world.dispatcher->StopOpening();
  world.NewClient(3000).Syn();
  world.dispatcher->EndAll();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kEndedByUs) == 10U);
  BOOST_TEST(world.ledger.seen().sessions == 10U);
  BOOST_TEST(world.dispatcher->Idle());
  for (const auto& [flow, connection] : world.target.connections()) {
    BOOST_TEST(connection.reset_received);
  }
}

BOOST_AUTO_TEST_CASE(AFileIsReadNoFasterThanTheTargetAllows) {
  ReplayPolicy policy;
  policy.max_engaged = 5;
  ReplayWorld world(policy);
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  for (std::uint16_t port = 2000; port < 2005; ++port) {
    BOOST_TEST(world.dispatcher->MayRead());
    world.NewClient(port).Syn();
  }
  BOOST_TEST(!world.dispatcher->MayRead());
}

BOOST_AUTO_TEST_CASE(SessionsThatWaitForTheirClientDoNotStopTheFile) {
  ReplayPolicy policy;
  policy.max_engaged = 5;
  ReplayWorld world(policy);
  for (std::uint16_t port = 2000; port < 2010; ++port) {
    world.NewClient(port).Syn().Ack();
    world.Settle();
  }
  BOOST_TEST(world.dispatcher->sessions() == 10U);
  BOOST_TEST(world.dispatcher->MayRead());
}

BOOST_AUTO_TEST_CASE(AnUploadIsReadFromAFileNoFasterThanTheTargetTakesIt) {
  constexpr int kBatch = 40;
  ReplayWorld world({}, 1U << 20);
  auto client = world.NewClient();
  client.Syn().Ack();
  for (int i = 0; i < 1000;) {
    for (int n = 0; world.dispatcher->MayRead() && n < kBatch && i < 1000; ++n, ++i) {
      client.Says(std::string(5000, 'x'));
    }
    world.loop().RunOnce(world.clock.Now());
  }
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 0U);
  BOOST_TEST(world.target.only().received.size() == 5'000'000U);
}

BOOST_AUTO_TEST_CASE(ASynWhoseDataFindsNoMemoryOpensNoConnection) {
  ReplayWorld world({}, BlockPool::kBlockBytes);
  TcpSegment syn;
  syn.flags.bits = TcpFlags::kSyn;
  syn.payload_length = 5000;  // TCP Fast Open
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV4, {}) + syn.payload_length);
  BuildPacket(world.NewClient().captured(), syn, 0, packet);
  world.Capture(packet);
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 1U);
  BOOST_TEST(world.packets_sent == 0U);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(TheLedgerReconcilesAtEveryMoment) {
  ReplayWorld world;
  Prng prng(11);
  world.target.application = [&](auto& connection) {
    if (prng.Below(10) == 0) return connection.Reset();
    connection.Reply("r");
    if (connection.fin_received) connection.Close();
  };
  for (int i = 0; i < 500; ++i) {
    auto client = world.NewClient(static_cast<std::uint16_t>(2000 + prng.Below(300)),
                                  static_cast<std::uint32_t>(prng.Next()));
    client.Syn();
    if (prng.Below(5) > 0) client.Ack().Says("request", 0);
    if (prng.Below(5) > 0) client.Says("another", 1);
    if (prng.Below(8) == 0) client.Misses(5).Says("x");
    if (prng.Below(5) == 0) client.Rst();
    if (prng.Below(2) == 0) client.Fin();
    BOOST_REQUIRE(world.ledger.Reconciles());
    if (prng.Below(4) == 0) world.Settle();
    BOOST_REQUIRE(world.ledger.Reconciles());
  }
  world.dispatcher->OnCaptureEnd();
  world.Run(700s);
  BOOST_TEST(world.ledger.active().sessions == 0U);
  BOOST_TEST(world.dispatcher->Idle());
  BOOST_TEST(world.ledger.Reconciles());
  BOOST_TEST(world.blocks.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(EachSessionsEndIsToldOnce) {
  ReplayPolicy policy;
  policy.max_sessions = 2;
  ReplayWorld world(policy);
  world.ends.reserve(10);
  world.target.application = CloseAtFin;
  const auto done = world.NewClient(2000).Syn().Ack().Says("hello").Fin().captured();
  auto open = world.NewClient(2001).Syn().Ack().Says("and more");
  const auto refused = world.NewClient(2002).Syn().Ack().Says("no room").captured();
  const auto midstream = world.NewClient(2003).Says("one").Says("two").captured();
  world.Run(1s);
  world.dispatcher->EndAll();
  world.Run(1s);
  BOOST_TEST_REQUIRE(world.ends.size() == 4U);
  const auto find = [&](const FlowKey& captured) {
    return *std::ranges::find(world.ends, captured, &SessionEnd::captured);
  };
  BOOST_TEST((find(done).outcome == Outcome::kCompleted));
  BOOST_TEST((find(done).totals == SessionTotals{1, 1, 1, 5, 5}));
  BOOST_TEST((find(done).replayed->peer == Endpoint{*IpAddress::Parse("10.0.0.2"), 8080}));
  BOOST_TEST((find(open.captured()).outcome == Outcome::kEndedByUs));
  BOOST_TEST((find(refused).outcome == Outcome::kNoMemory));
  BOOST_TEST(!find(refused).replayed);
  BOOST_TEST((find(midstream).outcome == Outcome::kNoSynSeen));
}

}  // namespace
}  // namespace tcpcopy
