#include "src/io/intercept/channel.h"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "src/io/intercept/frame.h"
#include "src/io/intercept/listening_socket.h"
#include "src/io/intercept/refusals.h"
#include "src/io/uring/uring_driver.h"
#include "tests/io/intercept/hex.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::ToHex;
using std::chrono_literals::operator""ms;

struct Owner final : ChannelOwner {
  void OnUp(Channel&) override { log.push_back("up"); }
  void OnDown(Channel&, const std::string& why) override { log.push_back("down: " + why); }
  void OnTrouble(Channel&, const std::string& why) override { log.push_back("trouble: " + why); }
  void OnReply(Channel&, const Reply&) override {
    log.push_back("reply");
    if (on_reply) on_reply();
  }
  void OnHeartbeat(Channel&, const Heartbeat& heartbeat) override {
    log.push_back("beat " + std::to_string(heartbeat.dropped));
  }
  void OnAnswer(Channel&, std::string_view answer) override {
    log.push_back("answer " + std::string(answer));
  }
  std::vector<std::string> log;
  std::function<void()> on_reply;
};

/// A channel, and an intercept that the test plays on plain sockets.
struct Fixture : ConnectionHandler {
  Fixture() {
    const Endpoint localhost{IpAddress::V4(0x7f000001), 0};
    listening = ListeningSocket::Create(loop, localhost, *this).value();
  }
  void OnConnection(UniqueFd fd, const Endpoint&) override {
    connected_at.push_back(clock.Now());
    if (turn_away) return;
    fds.push_back(std::move(fd));
  }
  bool Until(const std::function<bool()>& condition, Duration time = 10'000ms) {
    const Instant latest = clock.Now() + time;
    while (!condition()) {
      if (clock.Now() > latest) return false;
      loop.RunOnce(clock.Now() + 5ms);
    }
    return true;
  }
  bool UntilLast(const std::string& word) {
    return Until([&] { return !owner.log.empty() && owner.log.back() == word; });
  }
  void Start(ReplyProtocol protocol = ReplyProtocol::kOwn) {
    Channel::Options options;
    options.carrier = 1;
    options.intercept = listening->at();
    options.protocol = protocol;
    options.secret = &no_secret;
    channel = std::make_unique<Channel>(loop, owner, options, Prng(1));
    channel->Start();
  }
  void StartServed() {
    Start();
    BOOST_REQUIRE(Until([&] { return !fds.empty(); }));
    Hello hello;
    hello.role = Role::kListener;
    Say(FrameType::kHello, hello.Encode());
    BOOST_REQUIRE(UntilLast("up"));
  }
  void Say(FrameType type, ConstBytes body) {
    OutBuffer out(kMaxFrameLength);
    FrameWriter(out).Write(type, body);
    SayBytes(out.waiting());
  }
  void SayBytes(ConstBytes bytes) {
    BOOST_TEST(::send(fds.back().get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) ==
               static_cast<ssize_t>(bytes.size()));
  }
  /// What the channel has said to its last connection by now.
  std::string Heard() {
    std::vector<std::uint8_t> bytes(65536);
    const ssize_t got = ::recv(fds.back().get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    bytes.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return ToHex(bytes);
  }

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  bool turn_away = false;
  std::vector<UniqueFd> fds;
  std::vector<Instant> connected_at;
  std::unique_ptr<ListeningSocket> listening;
  const Secret no_secret;
  Owner owner;
  std::unique_ptr<Channel> channel;
  const FlowKey flow{{IpAddress::V4(0x0a000001), 4000}, {IpAddress::V4(0x0a000002), 80}};
};

BOOST_FIXTURE_TEST_SUITE(ChannelTest, Fixture)

BOOST_AUTO_TEST_CASE(ComesUpAndCarries) {
  StartServed();
  BOOST_TEST(channel->up());
  Heard();
  BOOST_TEST(channel->Announce(flow));
  loop.RunOnce(clock.Now());
  BOOST_TEST(Heard() ==
             "0000000e"
             "05"
             "040a0000010fa00a0000020050");
  Say(FrameType::kReplies, FromHex("00000028 00000001 45"));
  BOOST_TEST(UntilLast("reply"));
  BOOST_TEST(channel->stats().batches == 1U);
  BOOST_TEST(channel->stats().announcements == 1U);
}

BOOST_AUTO_TEST_CASE(PausesGrow) {
  turn_away = true;
  Start();
  BOOST_REQUIRE(Until([&] { return connected_at.size() == 4; }));
  const auto pause = [&](std::size_t i) { return connected_at[i + 1] - connected_at[i]; };
  const Duration slack = 100ms;  // of a busy host
  BOOST_TEST((pause(0) >= 95ms && pause(0) <= 200ms + slack));
  BOOST_TEST((pause(1) >= 195ms && pause(1) <= 400ms + slack));
  BOOST_TEST((pause(2) >= 395ms && pause(2) <= 800ms + slack));
  BOOST_TEST(owner.log.front().starts_with("trouble: "));
  BOOST_TEST(owner.log.front().ends_with("reached with --protocol=classic"));
}

BOOST_AUTO_TEST_CASE(AfterHavingBeenUpTheFirstPauseIsShortAgain) {
  turn_away = true;
  Start();
  BOOST_REQUIRE(Until([&] { return connected_at.size() == 4; }));
  turn_away = false;
  BOOST_REQUIRE(Until([&] { return !fds.empty(); }));
  Hello hello;
  hello.role = Role::kListener;
  Say(FrameType::kHello, hello.Encode());
  BOOST_REQUIRE(UntilLast("up"));
  const Instant lost = clock.Now();
  fds.clear();
  BOOST_REQUIRE(Until([&] { return !fds.empty(); }));
  BOOST_TEST((clock.Now() - lost <= 300ms));
  BOOST_TEST(owner.log.back().starts_with("down: "));
}

BOOST_AUTO_TEST_CASE(OneThatDoesNotAnswerIsGivenUp) {
  Start();
  BOOST_REQUIRE(Until([&] { return !owner.log.empty(); }));
  BOOST_TEST(owner.log[0] ==
             "trouble: no answer within three seconds; an intercept of TCPCopy 1.x is reached with "
             "--protocol=classic");
  BOOST_TEST((clock.Now() - connected_at[0] >= 2900ms));
  BOOST_TEST((clock.Now() - connected_at[0] <= 4000ms));
}

BOOST_AUTO_TEST_CASE(OneThatFallsSilentIsLost) {
  StartServed();
  const Instant last = clock.Now();
  BOOST_REQUIRE(Until([&] { return !channel->up(); }));
  BOOST_TEST(owner.log.back() == "down: nothing came for three seconds");
  BOOST_TEST((clock.Now() - last >= 2900ms));
  BOOST_TEST((clock.Now() - last <= 5000ms));
}

BOOST_AUTO_TEST_CASE(WhatCameWhileWeDidNotRunCounts) {
  StartServed();
  // The clock goes on, the loop does not, as when the process was stopped.
  const Instant resumed = clock.Now() + 3500ms;
  Say(FrameType::kHeartbeat, Heartbeat{0, 5, 0, 0}.Encode());
  while (clock.Now() < resumed) driver->Wait(resumed);
  BOOST_TEST(Until([&] { return owner.log.back() == "beat 5"; }));
  BOOST_TEST(channel->up());
  BOOST_TEST(channel->stats().replies_dropped == 5U);
}

BOOST_AUTO_TEST_CASE(SaysEachSecondThatItLives) {
  StartServed();
  Heard();
  channel->Announce(flow);
  loop.RunOnce(clock.Now());
  Heard();
  std::string heard;
  BOOST_REQUIRE(Until([&] { return !(heard = Heard()).empty(); }));
  BOOST_TEST(heard ==
             "00000021"
             "08"
             "0000000000000001" +
                 std::string(48, '0'));
}

BOOST_AUTO_TEST_CASE(NonsenseOrARefusalEndsIt) {
  StartServed();
  SayBytes(FromHex("ffffffff 07"));
  BOOST_TEST(UntilLast("down: what came is no message of the protocol"));
  fds.clear();
  BOOST_REQUIRE(Until([&] { return !fds.empty(); }));
  Say(FrameType::kRefuse, Refusal{RefuseCode::kFull, "full"}.Encode());
  fds.clear();
  BOOST_TEST(UntilLast("trouble: refuses us: full"));
}

BOOST_AUTO_TEST_CASE(AnnouncementsForOneThatDoesNotReadAreDropped) {
  StartServed();
  std::uint64_t taken = 0;
  BOOST_REQUIRE(Until([&] {
    for (int i = 0; i < 10'000; ++i) taken += channel->Announce(flow) ? 1U : 0U;
    return channel->stats().announcements_dropped > 0;
  }));
  BOOST_TEST(channel->stats().announcements == taken);
  BOOST_TEST(!channel->Announce(flow));
  BOOST_TEST(channel->up());
}

BOOST_AUTO_TEST_CASE(CountersOutliveConnections) {
  StartServed();
  channel->Announce(flow);
  Say(FrameType::kReplies, FromHex("00000028 00000001 45"));
  Say(FrameType::kHeartbeat, Heartbeat{0, 5, 0, 0}.Encode());
  BOOST_REQUIRE(UntilLast("beat 5"));
  const std::uint64_t bytes = channel->stats().bytes;
  fds.clear();
  BOOST_REQUIRE(Until([&] { return !channel->up(); }));
  const Channel::Stats stats = channel->stats();
  BOOST_TEST(stats.announcements == 1U);
  BOOST_TEST(stats.batches == 1U);
  BOOST_TEST(stats.replies_dropped == 5U);
  BOOST_TEST(stats.bytes == bytes);
  BOOST_TEST(!channel->Announce(flow));  // nobody is there: not dropped
  BOOST_TEST(channel->stats().announcements_dropped == 0U);
}

BOOST_AUTO_TEST_CASE(MayBeStoppedByOneWhoHearsOfIt) {
  StartServed();
  owner.on_reply = [&] { channel->Stop(); };
  Say(FrameType::kReplies, FromHex("00000028 00000001 45 00000028 00000001 45"));
  Say(FrameType::kReplies, FromHex("00000028 00000001 45"));
  BOOST_REQUIRE(UntilLast("reply"));
  Until([] { return false; }, 300ms);
  BOOST_TEST(owner.log.size() == 2U);  // up, and one reply
  BOOST_TEST(connected_at.size() == 1U);
}

BOOST_AUTO_TEST_CASE(AClassicInterceptMayBeSilent) {
  Start(ReplyProtocol::kClassic);
  BOOST_REQUIRE(UntilLast("up"));
  Until([] { return false; }, 3500ms);
  BOOST_TEST(channel->up());
  BOOST_TEST(Heard() == "0000000000000006000000000000");
}

BOOST_AUTO_TEST_CASE(OneThatDoesNotSpeakTheClassicProtocolIsNeverUp) {
  Start(ReplyProtocol::kClassic);
  BOOST_REQUIRE(Until([&] { return !fds.empty(); }));
  Say(FrameType::kRefuse, Refusal{RefuseCode::kProtocol, "what?"}.Encode());
  fds.clear();
  BOOST_REQUIRE(Until([&] { return !owner.log.empty(); }));
  BOOST_TEST(owner.log[0] == "trouble: " + std::string(kSpeaksClassicText));
  turn_away = true;
  BOOST_REQUIRE(Until([&] { return connected_at.size() == 5; }));
  BOOST_TEST((connected_at[4] - connected_at[3] >= 795ms));  // the pauses grow
  for (const std::string& line : owner.log) BOOST_TEST(line.starts_with("trouble: "), line);
  BOOST_TEST(owner.log.back().find("--protocol=classic makes it") == std::string::npos);
  BOOST_TEST(owner.log.back().find("is reached with") == std::string::npos);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
