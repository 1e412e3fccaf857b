// How much later a reply comes by way of the channel: 10,000 a second, from another process.
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "tests/io/intercept/both_ends.h"

namespace tcpcopy {
namespace {

using testing::BothEnds;
using testing::ReplyTo;
using testing::Session;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

constexpr int kRepliesAMillisecond = 10;
constexpr std::size_t kReplies = 10'000;
constexpr std::size_t kHeaders = 40;

/// Sends replies that tell when they left, to a peer that has come.
struct Sender final : Timer {
  explicit Sender(BothEnds& of) : ends(of), packet(ReplyTo(Session(1), sizeof(Instant))) {}
  void OnTimer() override {
    for (int i = 0; i < kRepliesAMillisecond; ++i) {
      const Instant now = ends.clock.Now();
      std::memcpy(packet.data() + kHeaders, &now, sizeof now);
      ends.listener->Send(1, packet, packet.size());
    }
    ends.loop.timers().Set(*this, due() + 1ms);
  }
  BothEnds& ends;
  std::vector<std::uint8_t> packet;
};

/// An intercept in a process of its own, until it is ended.
[[noreturn]] void ServeForEver(int port_pipe) {
  BothEnds ends;
  ends.Listen();
  const std::uint16_t port = ends.listener->listening()[0].port;
  static_cast<void>(::write(port_pipe, &port, sizeof port));
  ends.Until([&] { return !ends.relay.hellos.empty(); });
  Sender sender(ends);
  ends.loop.timers().Set(sender, ends.clock.Now());
  ends.For(std::chrono::seconds(20));
  ::_exit(0);
}

/// Notes how old each reply is.
struct Delays final : PacketHandler {
  explicit Delays(const Clock& of) : clock(of) {}
  void OnPacket(const CapturedPacket& packet) override {
    Instant sent;
    std::memcpy(&sent, packet.bytes.data() + kHeaders, sizeof sent);
    all.push_back(clock.Now() - sent);
  }
  const Clock& clock;
  std::vector<Duration> all;
};

BOOST_AUTO_TEST_CASE(TheMedianDelayIsBelowAMillisecond) {
  int ends_of_pipe[2];
  BOOST_REQUIRE(::pipe(ends_of_pipe) == 0);
  const pid_t intercept = ::fork();
  if (intercept == 0) ServeForEver(ends_of_pipe[1]);
  std::uint16_t port = 0;
  BOOST_REQUIRE(::read(ends_of_pipe[0], &port, sizeof port) == sizeof port);

  BothEnds ends;
  Delays delays(ends.clock);
  ReplyChannels::Options options;
  options.intercepts = {testing::At("127.0.0.1", port)};
  options.connections = 1;
  options.payload_bytes = kWholePayload;
  ReplyChannels channels(ends.loop, delays, options, {}, 1);
  channels.Start();
  const bool enough = ends.Until([&] { return delays.all.size() >= kReplies; });
  ::kill(intercept, SIGKILL);
  ::waitpid(intercept, nullptr, 0);
  BOOST_REQUIRE(enough);

  std::ranges::sort(delays.all);
  const auto microseconds = [&](std::size_t permille) {
    return delays.all[(delays.all.size() - 1) * permille / 1000] / 1us;
  };
  BOOST_TEST_MESSAGE("delay in us: median " << microseconds(500) << ", 99 % " << microseconds(990)
                                            << ", all " << microseconds(1000));
  BOOST_TEST(microseconds(500) < 1000);
}

}  // namespace
}  // namespace tcpcopy
