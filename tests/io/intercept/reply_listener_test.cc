#include "src/io/intercept/reply_listener.h"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "src/io/intercept/frame.h"
#include "src/io/intercept/messages.h"
#include "tests/io/intercept/both_ends.h"
#include "tests/io/intercept/hex.h"

namespace tcpcopy {
namespace {

using testing::At;
using testing::BothEnds;
using testing::FromHex;
using testing::ReplyTo;
using testing::Session;
using testing::ToHex;
using std::chrono_literals::operator""ms;

void Say(const UniqueFd& fd, ConstBytes bytes) {
  BOOST_TEST(::send(fd.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
             static_cast<ssize_t>(bytes.size()));
}

/// A frame with a HELLO as a tcpcopy without a secret sends it.
std::vector<std::uint8_t> HelloFrame() {
  const auto body = Hello{}.Encode();
  std::vector<std::uint8_t> frame(5);
  StoreBe32(frame.data(), static_cast<std::uint32_t>(body.size() + 1));
  frame[4] = 1;
  frame.insert(frame.end(), body.begin(), body.end());
  return frame;
}

std::vector<std::uint8_t> HeartbeatFrame(std::uint8_t dropped) {
  std::vector<std::uint8_t> frame(5 + 32);
  StoreBe32(frame.data(), 33);
  frame[4] = 8;
  frame[5 + 15] = dropped;
  return frame;
}

/// A listener, and a tcpcopy that is served.
struct Fixture : BothEnds {
  void Begin() {
    Listen();
    Connect();
    BOOST_REQUIRE(UntilUp());
    BOOST_REQUIRE(Until([&] { return relay.hellos.size() == 2; }));
  }
  /// The others are served, whatever one has done.
  void CheckTheOthersAreServed() {
    const std::size_t before = replies.seen.size();
    const auto port = static_cast<std::uint16_t>(4000 + before);
    BOOST_TEST(channels->up() == 2U);
    BOOST_TEST(channels->Announce(Session(port)));
    BOOST_REQUIRE(Until([&] { return relay.Has("add " + std::to_string(port)); }));
    const auto packet = ReplyTo(Session(port));
    BOOST_TEST(listener->Send(relay.announced.back().first, packet, packet.size()));
    BOOST_REQUIRE(Until([&] { return replies.seen.size() == before + 1; }));
    BOOST_TEST(downs.empty());
  }
};

BOOST_FIXTURE_TEST_SUITE(ReplyListenerTest, Fixture)

BOOST_AUTO_TEST_CASE(RepliesForNobodyAreDropped) {
  Listen();
  BOOST_TEST(!listener->Send(1, ReplyTo(Session(1)), 40));
  BOOST_TEST(listener->stats().replies_dropped == 0U);
}

BOOST_AUTO_TEST_CASE(ListensOnAllAddressesOrNone) {
  listen.listen_on = {At("127.0.0.1", 0), At("::1", 0)};
  Listen();
  BOOST_TEST(listener->listening().size() == 2U);
  BOOST_TEST(listener->listening()[1].address.ToString() == "::1");
  BOOST_TEST(listener->listening()[1].port > 0);
  const auto again = ReplyListener::Create(loop, listen, relay, [](const std::string&) {});
  BOOST_REQUIRE(!again.has_value());
  BOOST_TEST(again.error().message ==
             "cannot listen on " + listen.listen_on[0].ToString() + ": Address already in use");
  listen.listen_on = {At("192.0.2.1", 0)};
  const auto elsewhere = ReplyListener::Create(loop, listen, relay, [](const std::string&) {});
  BOOST_TEST(elsewhere.error().message ==
             "cannot listen on 192.0.2.1:0: Cannot assign requested address");
}

BOOST_AUTO_TEST_CASE(BothFamiliesAreServed) {
  listen.listen_on = {At("127.0.0.1", 0), At("::1", 0)};
  Listen();
  Connect();
  BOOST_TEST(UntilUp(4));
  BOOST_TEST(UntilLogged("[::1]:"));
}

struct Garbage {
  const char* what;
  std::vector<std::uint8_t> bytes;
  const char* logged;
};

const Garbage kGarbage[] = {
    {"a web browser", FromHex("474554202f20485454502f312e310d0a0d0a"), "no message"},
    {"a frame of 4 GB", FromHex("ffffffff01"), "no message"},
    {"a first frame of 1 MB", FromHex("0010000001"), "no message"},
    {"TCPCopy", FromHex("0000000000000006000000000000"), "--protocol=classic"},
    {"a frame before any hello", FromHex("0000000105"), "no message"},
    {"a hello of another world", FromHex("00000009 01 68656c6c6f2121ff"), "no message"},
    {"a refusal", FromHex("00000004 03 05 6e6f"), "it says: no"},
    {"a frame of nothing", FromHex("00000000 00000000"), "--protocol=classic"},
};

BOOST_AUTO_TEST_CASE(WhoSpeaksNonsenseIsRefused) {
  Begin();
  for (const Garbage& each : kGarbage) {
    listener_log.clear();
    const UniqueFd stranger = Stranger();
    Say(stranger, each.bytes);
    BOOST_TEST(UntilClosed(stranger), each.what);
    BOOST_TEST(UntilLogged(each.logged), each.what);
    BOOST_TEST(BothEnds::HasLine(listener_log, "is refused"));
    CheckTheOthersAreServed();
  }
}

BOOST_AUTO_TEST_CASE(NonsenseLaterEndsTheConnection) {
  Begin();
  const char* const kLater[] = {
      "ffffffff 05",         // 4 GB
      "00000000",            // an empty frame
      "00000004 05 040102",  // half a flow
      "00000002 05 09",      // a flow of an unknown family
      "00000002 04 04",      // half a target
      "00000002 07 00",      // replies go the other way
      "00000001 08",         // half a heartbeat
      "00000001 01",         // a second hello
  };
  for (const char* const each : kLater) {
    listener_log.clear();
    const UniqueFd stranger = Stranger();
    Say(stranger, HelloFrame());
    Say(stranger, FromHex(each));
    BOOST_TEST(UntilClosed(stranger), each);
    BOOST_TEST(UntilLogged("is gone: what came is no message of the protocol"), each);
    CheckTheOthersAreServed();
  }
}

BOOST_AUTO_TEST_CASE(FramesOfALaterVersionAreSkipped) {
  Begin();
  const UniqueFd stranger = Stranger();
  Say(stranger, HelloFrame());
  Say(stranger, FromHex("00000003 c8 0102"));
  Say(stranger, FromHex("0000000e 05 04 0a000001 1770 0a000002 0050"));
  BOOST_TEST(Until([&] { return relay.Has("add 6000"); }));
}

BOOST_AUTO_TEST_CASE(WhoSaysNothingIsRefusedInTime) {
  Begin();
  const UniqueFd silent = Stranger();
  const UniqueFd half = Stranger();
  Say(half, ConstBytes(HelloFrame()).first(20));
  const Instant start = clock.Now();
  BOOST_TEST(UntilClosed(silent));
  BOOST_TEST(UntilClosed(half));
  BOOST_TEST((clock.Now() - start > 2500ms));
  BOOST_TEST((clock.Now() - start < 4500ms));
  BOOST_TEST(UntilLogged("is refused: nothing came for three seconds"));
  CheckTheOthersAreServed();
}

BOOST_AUTO_TEST_CASE(WhoFallsSilentIsGone) {
  Begin();
  const UniqueFd stranger = Stranger();
  Say(stranger, HelloFrame());
  BOOST_TEST(UntilLogged("127.0.0.1:"));
  BOOST_TEST(UntilClosed(stranger));  // it sends no heartbeats
  BOOST_TEST(UntilLogged("is gone: nothing came for three seconds"));
  BOOST_TEST(Until([&] { return relay.Has("gone 3"); }));
  CheckTheOthersAreServed();
}

BOOST_AUTO_TEST_CASE(OthersThanTheAllowedAreTurnedAway) {
  listen.allow = {*Network::Parse("10.0.0.0/8"), *Network::Parse("::/0")};
  Listen();
  Connect();
  BOOST_TEST(UntilLogged("is refused: the address is not one of those in --allow"));
  BOOST_TEST(UntilTrouble("refuses us: the address is not one of those in --allow"));
  BOOST_TEST(relay.log.empty());
}

BOOST_AUTO_TEST_CASE(TheAllowedComeIn) {
  listen.allow = {*Network::Parse("10.0.0.0/8"), *Network::Parse("127.0.0.1")};
  Begin();
  CheckTheOthersAreServed();
}

BOOST_AUTO_TEST_CASE(NoMorePeersThanMayBe) {
  listen.max_peers = 2;
  Begin();
  const UniqueFd third = Stranger();
  Say(third, HelloFrame());
  bool closed = false;
  const auto said = ReadFrom(third, SIZE_MAX, &closed);
  BOOST_TEST(closed);
  BOOST_TEST(ToHex(said).substr(8, 4) == "0306");  // REFUSE, full
  CheckTheOthersAreServed();
}

BOOST_AUTO_TEST_CASE(ManyStrangersDoNotKeepOthersOut) {
  Begin();
  std::vector<UniqueFd> strangers;
  for (int i = 0; i < 100; ++i) {
    strangers.push_back(Stranger());
    loop.RunOnce(clock.Now());
  }
  BOOST_REQUIRE(Until([&] { return listener->stats().accepted == 102; }));
  const UniqueFd last = Stranger();
  Say(last, HelloFrame());
  BOOST_TEST(Until([&] { return relay.hellos.size() == 3; }));
  BOOST_TEST(listener->stats().refused >= 36U);
  BOOST_TEST(UntilLogged("too many others came that had not said who they are"));
  BOOST_TEST(listener_log.size() < 40U);                           // not a line for each
  BOOST_TEST(BothEnds::HasLine(listener_log, "is connected ()"));  // that of one who is let in
  CheckTheOthersAreServed();
}

BOOST_AUTO_TEST_CASE(WhoDoesNotReadLosesRepliesAndNobodyElseDoes) {
  Begin();
  const UniqueFd lazy = Stranger();
  Say(lazy, HelloFrame());
  BOOST_REQUIRE(Until([&] { return relay.hellos.size() == 3; }));
  std::vector<std::uint8_t> packet = ReplyTo(Session(5000));
  std::uint64_t dropped = 0;
  BOOST_TEST(Until([&] {
    for (int i = 0; i < 5000; ++i) dropped += listener->Send(3, packet, packet.size()) ? 0 : 1;
    return dropped > 0;
  }));
  BOOST_TEST(listener->stats().replies_dropped == dropped);
  BOOST_TEST(UntilLogged("reads too slowly: replies for it are dropped"));
  CheckTheOthersAreServed();
  Say(lazy, HeartbeatFrame(9));
  // When it reads again, what it was sent is whole, and it is told what it was not sent.
  FrameReader reader(kMaxFrameLength);
  std::uint64_t told = 0;
  while (told == 0) {
    bool closed = false;
    reader.Feed(ReadFrom(lazy, 1, &closed));
    BOOST_REQUIRE(!closed);
    for (auto frame = reader.Next().value(); frame; frame = reader.Next().value()) {
      if (frame->type == FrameType::kHeartbeat) told = Heartbeat::Decode(frame->body)->dropped;
    }
  }
  BOOST_TEST(told == dropped);
  BOOST_TEST(listener->stats().announcements_dropped == 9U);
}

BOOST_AUTO_TEST_CASE(ATurnsRepliesAreOneMessage) {
  Begin();
  const auto packet = ReplyTo(Session(5000));
  for (int i = 0; i < 100; ++i) listener->Send(1, packet, packet.size());
  BOOST_REQUIRE(Until([&] { return replies.seen.size() == 100; }));
  BOOST_TEST(channels->stats().batches == 1U);
  BOOST_TEST(listener->stats().batches == 1U);
  BOOST_TEST(listener->stats().replies == 100U);
}

BOOST_AUTO_TEST_CASE(ManyRepliesArriveInOrder) {
  connect.connections = 1;
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp(1));
  constexpr std::uint16_t kReplies = 20'000;
  std::uint16_t sent = 0;
  BOOST_TEST(Until([&] {
    for (int i = 0; i < 500 && sent < kReplies; ++i) {
      const auto packet = ReplyTo(Session(++sent));
      BOOST_REQUIRE(listener->Send(1, packet, packet.size()));
    }
    return replies.seen.size() == kReplies;
  }));
  std::uint16_t next = 1;
  for (const auto& seen : replies.seen) BOOST_REQUIRE(LoadBe16(&seen.bytes[22]) == next++);
}

BOOST_AUTO_TEST_SUITE_END()

struct ClassicFixture : Fixture {
  ClassicFixture() { listen.protocol = connect.protocol = ReplyProtocol::kClassic; }
};

BOOST_FIXTURE_TEST_SUITE(ClassicReplyListenerTest, ClassicFixture)

BOOST_AUTO_TEST_CASE(ServesTcpcopyAsItSpeaks) {
  Begin();
  const UniqueFd classic = Stranger();
  Say(classic, FromHex("00000000 0000 0006 00000000 0000"));
  Say(classic, FromHex("0a000001 1388 0001 0a000002 0050"));
  BOOST_REQUIRE(Until([&] { return relay.Has("add 5000"); }));
  BOOST_TEST(relay.hellos.back().program == "TCPCopy with protocol version 6");
  BOOST_TEST((relay.hellos.back().protocol == ReplyProtocol::kClassic));
  const auto packet = ReplyTo(Session(5000), 10);
  BOOST_TEST(listener->Send(relay.announced.back().first, packet, packet.size()));
  BOOST_TEST(listener->Send(relay.announced.back().first, packet, packet.size()));
  bool closed = false;
  const auto said = ReadFrom(classic, 130, &closed);
  BOOST_TEST(ToHex(said).substr(0, 12) == "000245000032");
  BOOST_TEST(said.size() == 130U);
}

BOOST_AUTO_TEST_CASE(WithoutACountWhenAskedTo) {
  listen.batch = 0;
  Begin();
  const auto packet = ReplyTo(Session(5000), 10);
  for (int i = 0; i < 3; ++i) BOOST_TEST(listener->Send(1, packet, packet.size()));
  BOOST_REQUIRE(Until([&] { return replies.seen.size() == 3; }));
  BOOST_TEST(channels->stats().batches == 3U);
}

BOOST_AUTO_TEST_CASE(WhoSpeaksNonsenseIsRefused) {
  Begin();
  const UniqueFd stranger = Stranger();
  Say(stranger, FromHex("474554202f20485454502f312e310d0a0d0a"));
  BOOST_TEST(UntilClosed(stranger));
  BOOST_TEST(UntilLogged("is refused: what came is no message of the protocol"));
  const UniqueFd own = Stranger();
  Say(own, HelloFrame());
  BOOST_TEST(UntilClosed(own));
  BOOST_TEST(UntilLogged("--protocol=classic is given to both or to none"));
  CheckTheOthersAreServed();
}

BOOST_AUTO_TEST_CASE(WhoFallsSilentIsKept) {
  Begin();
  For(3500ms);
  BOOST_TEST(channels->up() == 2U);
  BOOST_TEST(downs.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
