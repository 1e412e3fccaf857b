#include "src/intercept/reply_relay.h"

#include <boost/test/unit_test.hpp>

#include "netstack/wire/build_packet.h"
#include "netstack/wire/packet_view.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using Bytes = std::vector<std::uint8_t>;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

const Endpoint kClient = At("10.0.1.2", 40000);
const Endpoint kTarget = At("10.0.0.2", 80);
const FlowKey kSession{kClient, kTarget};
const FlowKey kSession6{At("2001:db8:1::2", 40000), At("2001:db8::2", 80)};
constexpr std::uint8_t kSynAck = TcpFlags::kSyn | TcpFlags::kAck;

/// The target's packet to the copier's end of `session`.
Bytes Reply(const FlowKey& session, std::uint8_t flags = TcpFlags::kAck, std::size_t payload = 0) {
  TcpSegment segment;
  segment.flags.bits = flags;
  segment.payload_length = static_cast<std::uint32_t>(payload);
  Bytes packet(HeaderLength(session.local.address.family(), {}) + payload, 'x');
  BuildPacket(session.Reversed(), segment, 7, packet);
  return packet;
}

/// Time stands still unless a test moves it.
struct World {
  explicit World(ReplyRelay::Options options = {})
      : relay(loop, std::move(options),
              {.send = [this](PeerId peer, ConstBytes packet,
                              std::size_t wire_length) { return Take(peer, packet, wire_length); },
               .on_wanted = [this] { ++wanted; },
               .on_question = [](PeerId, std::string_view text) { return "<" + std::string(text); },
               .capture = [] { return CaptureStats{.received = 5}; },
               .on_session =
                   [this](const FlowKey& session, bool is_wanted) {
                     sessions.push_back({session, is_wanted});
                   }}) {}

  bool Take(PeerId peer, ConstBytes packet, std::size_t wire_length) {
    if (full) return false;
    sent.push_back({peer, Bytes(packet.begin(), packet.end()), wire_length});
    return true;
  }
  void Peer(PeerId peer, std::uint32_t payload = 0, ReplyProtocol protocol = ReplyProtocol::kOwn) {
    PeerHello hello;
    hello.protocol = protocol;
    hello.payload_bytes = payload;
    relay.OnPeer(peer, hello);
  }
  void Catch(const Bytes& packet, std::uint32_t interface = 0, std::size_t wire_length = 0) {
    relay.OnPacket({.bytes = packet,
                    .link = LinkType::kRawIp,
                    .wire_length = std::max(packet.size(), wire_length),
                    .interface = interface});
  }
  void Advance(Duration by) {
    clock.Advance(by);
    loop.RunOnce(clock.Now());
  }

  struct Sent {
    PeerId peer;
    Bytes packet;
    std::size_t wire_length;
  };
  std::vector<std::pair<FlowKey, bool>> sessions;  // announced or withdrawn
  VirtualClock clock;
  testing::IdleDriver driver;
  EventLoop loop{clock, driver};
  std::vector<Sent> sent;
  bool full = false;
  int wanted = 0;
  ReplyRelay relay;
};

BOOST_AUTO_TEST_CASE(AReplyGoesToTheOneWhoAnnouncedItsSession) {
  for (const FlowKey& session : {kSession, kSession6}) {
    World world;
    world.Peer(1);
    world.Peer(2);
    world.relay.OnAnnounce(2, session);
    const Bytes reply = Reply(session, TcpFlags::kAck, 10);
    world.Catch(reply);
    BOOST_REQUIRE(world.sent.size() == 1U);
    BOOST_TEST(world.sent[0].peer == 2U);
    BOOST_TEST((world.sent[0].packet == reply));
    BOOST_TEST(world.sent[0].wire_length == reply.size());
    BOOST_TEST(world.relay.stats().relayed == 1U);
  }
}

BOOST_AUTO_TEST_CASE(LinkHeadersAndPaddingAreLeftOut) {
  World world;
  world.Peer(1);
  world.relay.OnAnnounce(1, kSession);
  const Bytes reply = Reply(kSession);
  Bytes frame(14, 0);
  frame[12] = 0x08;
  frame.insert(frame.end(), reply.begin(), reply.end());
  frame.resize(60);
  world.relay.OnPacket({.bytes = frame, .link = LinkType::kEthernet, .wire_length = frame.size()});
  BOOST_REQUIRE(world.sent.size() == 1U);
  BOOST_TEST((world.sent[0].packet == reply));
  BOOST_TEST(world.sent[0].wire_length == reply.size());
}

BOOST_AUTO_TEST_CASE(NobodysRepliesAreStray) {
  World world;
  world.Peer(1);
  world.Catch(Reply(kSession));
  world.relay.OnAnnounce(1, kSession);
  world.relay.OnWithdraw(1, kSession);
  world.Catch(Reply(kSession));
  world.relay.OnAnnounce(1, kSession);
  world.relay.OnPeerGone(1);
  world.Catch(Reply(kSession));
  BOOST_TEST(world.sent.empty());
  BOOST_TEST(world.relay.stats().stray == 3U);
  BOOST_TEST(world.relay.stats().caught == 3U);
}

BOOST_AUTO_TEST_CASE(AnAnswerThatIsQuickerThanItsAnnouncementWaitsForIt) {
  for (const std::uint8_t flags : {kSynAck, std::uint8_t{TcpFlags::kRst | TcpFlags::kAck}}) {
    World world;
    world.Peer(1);
    world.Catch(Reply(kSession, flags));
    BOOST_TEST(world.sent.empty());
    BOOST_TEST(world.relay.stats().unclaimed == 1U);
    world.relay.OnAnnounce(1, kSession);
    BOOST_REQUIRE(world.sent.size() == 1U);
    BOOST_TEST((world.sent[0].packet == Reply(kSession, flags)));
    BOOST_TEST(world.relay.stats().held == 1U);
    BOOST_TEST(world.relay.stats().stray == 0U);
  }
}

BOOST_AUTO_TEST_CASE(ButNotForLong) {
  World world;
  world.Peer(1);
  world.Catch(Reply(kSession, kSynAck));
  world.Advance(HeldReplies::kPatience + Duration(1));
  world.relay.OnAnnounce(1, kSession);
  BOOST_TEST(world.sent.empty());
  BOOST_TEST(world.relay.stats().stray == 1U);
}

BOOST_AUTO_TEST_CASE(WhatASlowPeerCannotTakeIsCounted) {
  World world;
  world.Peer(1);
  world.relay.OnAnnounce(1, kSession);
  world.full = true;
  world.Catch(Reply(kSession));
  BOOST_TEST(world.relay.stats().dropped == 1U);
  BOOST_TEST(world.relay.stats().relayed == 0U);
}

BOOST_AUTO_TEST_CASE(FurtherViewsOfOnePacketAreLeftOut) {
  World world;
  world.Peer(1);
  world.relay.OnAnnounce(1, kSession);
  world.Catch(Reply(kSession), 2);
  world.Catch(Reply(kSession), 3);
  BOOST_TEST(world.sent.size() == 1U);
  BOOST_TEST(world.relay.stats().twins == 1U);
}

BOOST_AUTO_TEST_CASE(TheViewBeforeAndTheOneBehindAContainersNetworkAreOnePacket) {
  ReplyRelay::Options options;
  options.rewrites = AddressRewrite::Parse("172.17.0.2:8000-10.0.0.2:80").value();
  World world(std::move(options));
  world.Peer(1);
  world.relay.OnAnnounce(1, kSession);
  world.Catch(Reply({kClient, At("172.17.0.2", 8000)}), 2);
  BOOST_REQUIRE(world.sent.size() == 1U);
  BOOST_TEST((world.sent[0].packet == Reply(kSession)));
  Bytes forwarded = Reply(kSession);
  --forwarded[8];        // TTL
  ++forwarded[20 + 16];  // a checksum that offload will make
  world.Catch(forwarded, 3);
  BOOST_TEST(world.sent.size() == 1U);
  BOOST_TEST(world.relay.stats().rewritten == 1U);
}

BOOST_AUTO_TEST_CASE(LessPayloadThanIsWantedIsCounted) {
  for (const auto& [wanted, cut] : {std::pair{0U, 0U}, {10U, 0U}, {11U, 1U}, {kWholePayload, 1U}}) {
    World world;
    world.Peer(1, wanted);
    world.relay.OnAnnounce(1, kSession);
    Bytes reply = Reply(kSession, TcpFlags::kAck, 100);
    reply.resize(50);  // 40 of headers
    world.Catch(reply, 0, 140);
    BOOST_REQUIRE(world.sent.size() == 1U);
    BOOST_TEST(world.sent[0].wire_length == 140U);
    BOOST_TEST(world.relay.stats().cut == cut);
  }
}

BOOST_AUTO_TEST_CASE(FragmentsArePutTogether) {
  World world;
  world.Peer(1, kWholePayload);
  world.relay.OnAnnounce(1, kSession);
  const Bytes whole = Reply(kSession, TcpFlags::kAck, 100);
  const auto piece = [&](std::size_t from, std::size_t to, bool more) {
    Bytes packet(whole.begin(), whole.begin() + 20);
    packet.insert(packet.end(), whole.begin() + 20 + from, whole.begin() + 20 + to);
    StoreBe16(&packet[2], static_cast<std::uint16_t>(packet.size()));
    StoreBe16(&packet[6], static_cast<std::uint16_t>(from / 8 | (more ? 0x2000 : 0)));
    return packet;
  };
  world.Catch(piece(0, 64, true));
  BOOST_TEST(world.sent.empty());
  world.Catch(piece(64, 120, false));
  BOOST_REQUIRE(world.sent.size() == 1U);
  const Bytes& joined = world.sent[0].packet;
  const auto view = ParsePacket(LinkType::kRawIp, joined, joined.size());
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST(view->segment.payload.size() == 100U);
}

/// RFC 1191 4: a packet of the copier's did not fit.
Bytes TooBig(const FlowKey& session) {
  const Bytes quoted = Reply(session.Reversed());
  Bytes packet = Reply(kSession);  // for its IP header
  packet.resize(20);
  packet.insert(packet.end(), {3, 4, 0, 0, 0, 0, 0x04, 0xb0});
  packet.insert(packet.end(), quoted.begin(), quoted.begin() + 28);
  packet[9] = 1;
  StoreBe16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  return packet;
}

BOOST_AUTO_TEST_CASE(WhatRoutersTellGoesToTheOneConcerned) {
  World world;
  world.Peer(1);
  world.relay.OnAnnounce(1, kSession);
  world.Catch(TooBig(kSession));
  BOOST_REQUIRE(world.sent.size() == 1U);
  BOOST_TEST((world.sent[0].packet == TooBig(kSession)));
  world.Catch(TooBig({At("10.0.1.3", 40000), kTarget}));
  BOOST_TEST(world.sent.size() == 1U);
}

BOOST_AUTO_TEST_CASE(TheClassicProtocolHasNoWordForIt) {
  World world;
  world.Peer(1, 0, ReplyProtocol::kClassic);
  world.relay.OnAnnounce(1, kSession);
  world.Catch(TooBig(kSession));
  BOOST_TEST(world.sent.empty());
}

BOOST_AUTO_TEST_CASE(AnythingElseIsCounted) {
  World world;
  for (std::size_t size = 0; size < 40; ++size) {
    Bytes cut = Reply(kSession);
    cut.resize(size);
    world.Catch(cut, 0, 40);
  }
  BOOST_TEST(world.relay.stats().unparsable == 40U);
  Bytes udp = Reply(kSession);
  udp[9] = 17;
  world.Catch(udp);
  BOOST_TEST(world.relay.stats().unparsable == 41U);
  BOOST_TEST(world.sent.empty());
}

BOOST_AUTO_TEST_CASE(WhatIsWantedFollowsThePeers) {
  World world;
  world.Peer(1);
  BOOST_TEST(world.wanted == 1);
  world.relay.OnTargets(1, std::vector<Endpoint>{kTarget});
  BOOST_TEST(world.wanted == 2);
  world.relay.OnAnnounce(1, kSession);
  BOOST_TEST(world.wanted == 2);
  world.relay.OnAnnounce(1, kSession6);  // of a target that it did not name
  BOOST_TEST(world.wanted == 3);
  world.relay.OnPeerGone(1);
  BOOST_TEST(world.wanted == 4);
  BOOST_TEST(world.relay.wanted().targets().size() == 2U);
  world.Advance(WantedReplies::kLinger);
  BOOST_TEST(world.wanted == 5);
  BOOST_TEST(world.relay.wanted().targets().empty());
}

BOOST_AUTO_TEST_CASE(QuestionsAndCountersAreHandedOn) {
  World world;
  BOOST_TEST(world.relay.OnQuestion(1, "who?") == "<who?");
  BOOST_TEST(world.relay.Capture().received == 5U);
}

BOOST_AUTO_TEST_CASE(SessionsCanBeFollowed) {
  World world;
  world.relay.OnAnnounce(1, kSession);  // of nobody
  world.Peer(1);
  world.relay.OnAnnounce(1, kSession);
  world.relay.OnAnnounce(1, kSession6);
  world.relay.OnWithdraw(1, kSession);
  BOOST_TEST((world.sessions == std::vector<std::pair<FlowKey, bool>>{
                                    {kSession, true}, {kSession6, true}, {kSession, false}}));
}

}  // namespace
}  // namespace tcpcopy
