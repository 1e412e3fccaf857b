#include "src/replay/datagram_replay.h"

#include <boost/test/unit_test.hpp>

#include "netstack/base/prng.h"
#include "netstack/wire/ip_fragmenter.h"
#include "tests/replay/datagram_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::DatagramPacket;
using testing::DatagramWorld;
using Texts = std::vector<std::string>;

ReplayPolicy With(const std::function<void(ReplayPolicy&)>& change) {
  ReplayPolicy policy;
  policy.answer_timeout = 5s;
  policy.idle_timeout = 30s;
  change(policy);
  return policy;
}

const ReplayPolicy kPolicy = With([](ReplayPolicy&) {});

BOOST_AUTO_TEST_CASE(DatagramsLeaveWhenTheyAreCapturedEachFlowFromItsOwnEndpoint) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  world.Says(4001, "b");
  world.Says(4000, "c");
  const Texts expected{"a", "b", "c"};
  BOOST_TEST(world.Payloads() == expected, boost::test_tools::per_element());
  BOOST_TEST((world.arrived[0].flow == world.arrived[2].flow));
  BOOST_TEST((world.arrived[0].flow.local != world.arrived[1].flow.local));
  BOOST_TEST(world.arrived[0].flow.peer.ToString() == "10.0.0.2:5353");
  BOOST_TEST(world.ledger.seen().sessions == 2U);
  BOOST_TEST(world.ledger.active().requests == 3U);
}

BOOST_AUTO_TEST_CASE(ASessionEndsWhenItsClientIsSilentAndItsAnswerWasWaitedFor) {
  DatagramWorld world({.live = true}, kPolicy);
  world.Says(4000, "a");
  world.Says(4001, "b");
  world.Answers(0);
  world.Run(30s);
  BOOST_TEST(world.ledger.active().sessions == 2U);
  world.Run(3s);
  BOOST_TEST(world.Count(Outcome::kAnswered) == 1U);
  BOOST_TEST(world.Count(Outcome::kUnanswered) == 1U);
  BOOST_TEST(world.replay->Idle());
  BOOST_TEST(world.idled == 1U);
  BOOST_TEST(world.ledger.datagrams().answered == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kAnswered).requests_delivered == 1U);
}

/// Whatever the speed: a file's sessions are found by its own time.
BOOST_AUTO_TEST_CASE(InAFileSilenceIsThatOfTheCapture) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  world.captured_at += 30s;
  world.Says(4000, "b");
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  world.captured_at += 31s;
  world.Says(4000, "c");
  BOOST_TEST(world.ledger.seen().sessions == 2U);
  BOOST_TEST((world.arrived[0].flow == world.arrived[1].flow));
  BOOST_TEST((world.arrived[1].flow != world.arrived[2].flow));
  world.Answers(1);  // the one before may still be answered
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kEndedByUs) == 0U);
  world.Run(5s);
  BOOST_TEST(world.Count(Outcome::kAnswered) == 1U);
  BOOST_TEST(world.ledger.active().sessions == 1U);
}

BOOST_AUTO_TEST_CASE(AtTheEndOfTheCaptureOnlyAnswersAreWaitedFor) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  world.Says(4001, "b");
  world.replay->OnCaptureEnd();
  world.Answers(0);
  world.Run(499ms);
  BOOST_TEST(world.ledger.active().sessions == 2U);
  world.Run(1ms);
  BOOST_TEST(world.Count(Outcome::kAnswered) == 1U);
  world.Run(4499ms);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(1ms);
  BOOST_TEST(world.Count(Outcome::kUnanswered) == 1U);
  BOOST_TEST(world.idled == 1U);
}

BOOST_AUTO_TEST_CASE(WhenStoppedNothingMoreIsCopiedAndEndAllEndsTheRest) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  world.Says(4001, "b");
  world.Answers(1);
  world.replay->StopOpening();
  world.Says(4000, "late");
  world.Says(4002, "later");
  BOOST_TEST(world.arrived.size() == 2U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kNotSelected) == 2U);
  world.replay->EndAll();
  BOOST_TEST(world.Count(Outcome::kAnswered) == 1U);
  BOOST_TEST(world.Count(Outcome::kEndedByUs) == 1U);  // its answer could still have come
  world.Run(0s);
  BOOST_TEST(world.idled == 1U);
}

BOOST_AUTO_TEST_CASE(WhatStillWaitsIsEndedByUs) {
  DatagramWorld world({}, kPolicy);
  world.free_slots = 0;
  world.Says(4000, "a");
  world.replay->StopOpening();
  world.Run(3600s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.replay->EndAll();
  BOOST_TEST(world.Count(Outcome::kEndedByUs) == 1U);
  BOOST_TEST(world.ledger.seen().requests_delivered == 0U);
  world.GiveSlots(5);
  BOOST_TEST(world.packets.empty());
}

BOOST_AUTO_TEST_CASE(RepliesOfNoSessionAreCountedApart) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  world.Answers(0);
  world.Answers(0);
  const Endpoint stranger{IpAddress::V4(0x0a000001), 9999};
  world.Reply(DatagramPacket({world.arrived[0].flow.peer, stranger}, "x"));
  BOOST_TEST(world.ledger.replies() == 2U);
  BOOST_TEST(world.ledger.stray_replies() == 1U);
  BOOST_TEST(world.ledger.datagrams().answered == 1U);
}

BOOST_AUTO_TEST_CASE(OfAReplyInPiecesTheFirstOneCountsEvenIfItWasCut) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  const auto reply = DatagramPacket(world.arrived[0].flow.Reversed(), std::string(3000, 'r'));
  IpFragmenter pieces(reply, 1500, 0);
  while (pieces.left() > 0) {
    std::vector<std::uint8_t> piece(1500);
    piece.resize(std::min<std::size_t>(pieces.Next(piece), 200));
    world.Reply(piece);
  }
  BOOST_TEST(world.ledger.replies() == 1U);
  BOOST_TEST(world.ledger.stray_replies() == 0U);
}

BOOST_AUTO_TEST_CASE(ATargetThatRefusesIsToldApart) {
  DatagramWorld world({}, kPolicy);
  world.Says(4000, "a");
  world.Refuses(0);
  world.replay->OnCaptureEnd();
  world.Run(500ms);
  BOOST_TEST(world.Count(Outcome::kRefusedByTarget) == 1U);
  BOOST_TEST(world.ledger.datagrams().unreachable == 1U);
  BOOST_TEST(world.ledger.datagrams().answered == 0U);
}

// ---------------------------------------------------------------------------------------------------
// Who is let in, and who makes room.

BOOST_AUTO_TEST_CASE(CopiesAreSessionsOfTheirOwn) {
  DatagramWorld world({}, With([](ReplayPolicy& p) { p.copies = 3; }));
  world.Says(4000, "a");
  world.Says(4000, "b");
  const Texts expected{"a", "a", "a", "b", "b", "b"};
  BOOST_TEST(world.Payloads() == expected, boost::test_tools::per_element());
  BOOST_TEST((world.arrived[0].flow != world.arrived[1].flow));
  BOOST_TEST((world.arrived[2].flow == world.arrived[5].flow));
  BOOST_TEST(world.ledger.seen().sessions == 3U);
  BOOST_TEST(world.ledger.seen().requests == 6U);
}

BOOST_AUTO_TEST_CASE(SamplingLeavesOutWholeSessionsAlwaysTheSame) {
  std::vector<Texts> runs;
  for (int run = 0; run < 2; ++run) {
    std::vector<std::uint16_t> ports(2000);
    for (std::size_t i = 0; i < ports.size(); ++i) ports[i] = static_cast<std::uint16_t>(1024 + i);
    DatagramWorld world({.ports = ports},
                        With([](ReplayPolicy& p) { p.admission.sample_percent = 20; }));
    for (int round = 0; round < 2; ++round) {
      for (std::uint16_t port = 3000; port < 5000; ++port) {
        world.Says(port, std::to_string(port));
      }
    }
    BOOST_TEST(world.ledger.seen().sessions == 2000U);
    const std::uint64_t left_out = world.Count(Outcome::kLeftOutBySampling);
    BOOST_TEST(left_out > 1500U);
    BOOST_TEST(left_out < 1700U);
    BOOST_TEST(world.ledger.Of(Outcome::kLeftOutBySampling).requests == 2 * left_out);
    BOOST_TEST(world.arrived.size() == 2 * (2000 - left_out));
    runs.push_back(world.Payloads());
  }
  BOOST_TEST(runs[0] == runs[1], boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(WithoutAFreePortTheLongestSilentMakesRoom) {
  DatagramWorld world({.ports = {2000, 2001}}, kPolicy);
  world.Says(4000, "a");
  world.Answers(0);
  world.Says(4001, "b");
  world.Says(4000, "c");
  world.Says(4002, "d");
  BOOST_TEST(world.arrived.size() == 4U);
  BOOST_TEST((world.arrived[3].flow == world.arrived[1].flow));
  BOOST_TEST(world.ledger.datagrams().made_room == 1U);
  BOOST_TEST(world.Count(Outcome::kEndedByUs) == 1U);
  world.Says(4000, "e");  // was not touched
  BOOST_TEST((world.arrived[4].flow == world.arrived[0].flow));
}

BOOST_AUTO_TEST_CASE(ASessionThatAwaitsNoAnswerMakesRoomBeforeOneThatDoes) {
  DatagramWorld world({.ports = {2000, 2001, 2002}}, kPolicy);
  for (std::uint16_t port = 4000; port < 4003; ++port) world.Says(port, "x");
  world.Answers(1);
  world.Says(4003, "y");
  BOOST_TEST((world.arrived[3].flow == world.arrived[1].flow));
  BOOST_TEST(world.Count(Outcome::kAnswered) == 1U);
  world.Run(5s);
  world.Says(4004, "z");  // nobody answers any more: the longest silent goes
  BOOST_TEST((world.arrived[4].flow == world.arrived[0].flow));
  BOOST_TEST(world.Count(Outcome::kUnanswered) == 1U);
}

BOOST_AUTO_TEST_CASE(OnlyASessionToTheSameTargetCanLendItsPort) {
  DatagramWorld world({.mapping = "53-10.0.0.2:5353,54-10.0.0.3:5353", .ports = {2000}}, kPolicy);
  world.Says(4000, "a");
  const IpAddress client = IpAddress::V4(0xc0000201);
  world.Capture(
      DatagramPacket({{client, 4000}, {IpAddress::V4(0xc6336401), 54}}, "to the other one"));
  BOOST_TEST(world.ledger.active().sessions == 2U);
  world.Says(4001, "b");
  BOOST_TEST(world.ledger.active().sessions == 2U);
  BOOST_TEST(world.arrived.back().flow.peer.ToString() == "10.0.0.2:5353");
}

BOOST_AUTO_TEST_CASE(AFullTableMakesRoom) {
  DatagramWorld world({}, With([](ReplayPolicy& p) { p.max_sessions = 3; }));
  for (std::uint16_t port = 4000; port < 4007; ++port) world.Says(port, "x");
  BOOST_TEST(world.arrived.size() == 7U);
  BOOST_TEST(world.ledger.active().sessions == 3U);
  BOOST_TEST(world.ledger.datagrams().made_room == 4U);
}

BOOST_AUTO_TEST_CASE(TheLimitOfSessionsIsTheUsersAndLeavesOut) {
  DatagramWorld world({}, With([](ReplayPolicy& p) { p.session_limit = 2; }));
  for (std::uint16_t port = 4000; port < 4005; ++port) world.Says(port, "x");
  world.Says(4004, "again");
  BOOST_TEST(world.arrived.size() == 2U);
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 3U);
  BOOST_TEST(world.ledger.Of(Outcome::kTooManySessions).requests == 4U);
}

BOOST_AUTO_TEST_CASE(AKeptAddressServesOneSessionAtATime) {
  DatagramWorld world({.keep = true}, kPolicy);
  world.Says(4000, "a");
  world.Says(4000, "b", "198.51.100.2");  // the same client, to production's other address
  BOOST_TEST(world.Count(Outcome::kNoAddressOrPort) == 1U);
  world.captured_at += 31s;
  world.Says(4000, "c", "198.51.100.2");  // the first one only waits for its answer
  const Texts expected{"a", "c"};
  BOOST_TEST(world.Payloads() == expected, boost::test_tools::per_element());
  BOOST_TEST(world.arrived[1].flow.local.ToString() == "192.0.2.1:4000");
}

// ---------------------------------------------------------------------------------------------------
// What captures hold.

BOOST_AUTO_TEST_CASE(PiecesOfADatagramAreOneRequest) {
  DatagramWorld world({}, kPolicy);
  const FlowKey flow{{IpAddress::V4(0xc0000201), 4000}, {IpAddress::V4(0xc6336401), 53}};
  const std::string text(65507, 'x');
  const auto packet = DatagramPacket(flow, text);
  IpFragmenter pieces(packet, 1500, 0);
  std::uint64_t count = 0;
  for (; pieces.left() > 0; ++count) {
    std::vector<std::uint8_t> piece(1500);
    piece.resize(pieces.Next(piece));
    world.Capture(piece);
  }
  BOOST_TEST((world.Payloads() == Texts{text}));
  BOOST_TEST(world.ledger.Of(ParseError::kFragment) == count - 1);
  BOOST_TEST(world.ledger.seen().requests == 1U);
}

BOOST_AUTO_TEST_CASE(WhatTheCaptureCutIsNotSent) {
  DatagramWorld world({}, kPolicy);
  const FlowKey flow{{IpAddress::V4(0xc0000201), 4000}, {IpAddress::V4(0xc6336401), 53}};
  world.Capture(DatagramPacket(flow, "hello"));
  world.Capture(DatagramPacket(flow, std::string(500, 'x')), 100);
  BOOST_TEST((world.Payloads() == Texts{"hello"}));
  BOOST_TEST(world.cut == 2U);
  BOOST_TEST(world.ledger.cut_packets() == 1U);
  BOOST_TEST(world.ledger.seen().bytes == 505U);
  world.replay->EndAll();
  BOOST_TEST(world.ledger.Of(Outcome::kEndedByUs).requests == 2U);
  BOOST_TEST(world.ledger.seen().requests_delivered == 1U);
}

BOOST_AUTO_TEST_CASE(ViewsOfOtherInterfacesAreLeftOutAndRepeatsAreNot) {
  DatagramWorld world({}, kPolicy);
  const FlowKey flow{{IpAddress::V4(0xc0000201), 4000}, {IpAddress::V4(0xc6336401), 53}};
  const auto packet = DatagramPacket(flow, "hello");
  for (const std::uint32_t interface : {2U, 3U, 2U, 3U}) world.Capture(packet, SIZE_MAX, interface);
  BOOST_TEST(world.arrived.size() == 2U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kTwin) == 2U);
}

BOOST_AUTO_TEST_CASE(OurOwnCopiesAndOthersPacketsAreNotSelected) {
  DatagramWorld world({.mapping = "53-10.0.0.2:53", .live = true}, kPolicy);
  world.Says(4000, "a");
  world.Capture(DatagramPacket(world.arrived[0].flow, "a"));
  const IpAddress client = IpAddress::V4(0xc0000201);
  world.Capture(DatagramPacket({{client, 1}, {IpAddress::V4(0x0a000001), 53}}, "not our address"));
  world.Capture(DatagramPacket({{client, 1}, {IpAddress::V4(0xc6336401), 54}}, "another port"));
  BOOST_TEST(world.arrived.size() == 1U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kNotSelected) == 3U);
}

BOOST_AUTO_TEST_CASE(ANewRoundOpensOtherSessions) {
  DatagramWorld world({}, kPolicy);
  for (int round = 0; round < 2; ++round) {
    world.Says(4000, "a");
    world.replay->BeginRound();
  }
  BOOST_TEST(world.ledger.seen().sessions == 2U);
  BOOST_TEST((world.arrived[0].flow != world.arrived[1].flow));
  world.Run(5s);
  BOOST_TEST(world.Count(Outcome::kUnanswered) == 2U);
}

BOOST_AUTO_TEST_CASE(TheEndOfEachSessionIsTold) {
  DatagramWorld world({}, With([](ReplayPolicy& p) { p.session_limit = 1; }));
  world.Says(4000, "hello");
  world.Says(4001, "left out");
  world.Answers(0);
  world.replay->EndAll();
  BOOST_TEST_REQUIRE(world.ends.size() == 2U);
  BOOST_TEST((world.ends[0].outcome == Outcome::kTooManySessions));
  BOOST_TEST(!world.ends[0].replayed.has_value());
  BOOST_TEST((world.ends[1].outcome == Outcome::kAnswered));
  BOOST_TEST((world.ends[1].replayed == world.arrived[0].flow));
  BOOST_TEST(world.ends[1].captured.local.port == 4000);
  BOOST_TEST(world.ends[1].totals.bytes_delivered == 5U);
}

/// Random clients, answers, stops and shortages: each datagram of a session that is let in arrives
/// once and in order, no two sessions share a 4-tuple, and the books hold at any time.
BOOST_AUTO_TEST_CASE(WhateverHappensTheBooksHold) {
  for (std::uint64_t seed = 1; seed <= 30; ++seed) {
    Prng prng(seed);
    const std::uint16_t copies = static_cast<std::uint16_t>(1 + prng.Below(3));
    DatagramWorld world({.live = prng.Below(2) == 0, .mtu = 600, .most_waiting = 20000},
                        With([&](ReplayPolicy& p) {
                          p.copies = copies;
                          p.max_sessions = 1 + prng.Below(12);
                          p.admission.sample_percent = static_cast<unsigned>(50 + prng.Below(51));
                        }));
    for (int step = 0; step < 400; ++step) {
      switch (prng.Below(6)) {
        case 0:
          world.Run(std::chrono::milliseconds(prng.Below(20000)));
          break;
        case 1:
          if (!world.arrived.empty()) world.Answers(prng.Below(world.arrived.size()));
          break;
        case 2:
          if (!world.arrived.empty()) world.Refuses(prng.Below(world.arrived.size()));
          break;
        case 3:
          world.GiveSlots(prng.Below(8));
          break;
        default:
          world.Says(static_cast<std::uint16_t>(4000 + prng.Below(20)),
                     std::string(prng.Below(2000), 'x'));
      }
      BOOST_TEST_REQUIRE(world.ledger.Reconciles());
    }
    world.GiveSlots(SIZE_MAX);
    world.replay->StopOpening();
    world.Run(3600s);
    const std::uint64_t arrived = world.arrived.size();
    BOOST_TEST(world.replay->Idle());
    BOOST_TEST(world.ledger.active().sessions == 0U);
    BOOST_TEST(world.ledger.seen().requests_delivered == arrived);
    BOOST_TEST(arrived > 0U);
  }
}

}  // namespace
}  // namespace tcpcopy
