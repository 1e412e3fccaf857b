#include "netstack/tcp/tcp_sender.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr SeqNum kIss{700};
constexpr std::uint32_t kMss = 1000;
const Instant kStart = Instant{} + 1s;

struct Fixture {
  /// The peer's ACK of `position`.
  static TcpSegment Ack(std::uint64_t position) {
    TcpSegment segment;
    segment.seq = SeqNum(9001);
    segment.ack = kIss + static_cast<std::uint32_t>(position);
    segment.flags.bits = TcpFlags::kAck;
    return segment;
  }
  void Write(std::size_t count) {
    BOOST_TEST(sender.Buffer(std::vector<std::uint8_t>(count)));
    sender.Push(count);
  }
  void Establish(std::uint32_t window) {
    sender.Open(kIss, kStart);
    Send();
    sender.OnSynAcknowledged(Ack(1), {.mss = kMss}, window, std::nullopt, kStart);
  }
  /// Lets all leave that may; returns how many segments did.
  int Send() {
    int count = 0;
    while (const std::optional<SendPlan> plan = sender.Next()) {
      last = *plan;
      sender.OnSent(*plan, kStart);
      ++count;
    }
    return count;
  }

  TcpSettings settings;
  BlockPool pool{1U << 20};
  TcpMemory memory{pool};
  TcpSender sender{settings, memory};
  SendPlan last;
};

BOOST_FIXTURE_TEST_CASE(TheSynComesFirstAndAlone, Fixture) {
  Write(10);
  BOOST_TEST(Send() == 0);
  sender.Open(kIss, kStart);
  BOOST_TEST(Send() == 1);
  BOOST_TEST(last.syn);
  BOOST_TEST(last.end() == 1U);
  BOOST_TEST((sender.NextTimeout() == kStart + settings.initial_rto));
}

BOOST_FIXTURE_TEST_CASE(TheTimerRunsWhileSomethingIsInFlight, Fixture) {  // RFC 6298 5
  Establish(5000);
  BOOST_TEST((sender.NextTimeout() == kNever));
  Write(2000);
  BOOST_TEST(Send() == 2);
  BOOST_TEST((sender.NextTimeout() == kStart + 200ms));  // 5.1
  sender.OnAck(Ack(1001), 5000, std::nullopt, kStart + 100ms);
  BOOST_TEST((sender.NextTimeout() == kStart + 100ms + sender.rtt().rto()));  // 5.3
  sender.OnAck(Ack(2001), 5000, std::nullopt, kStart + 120ms);
  BOOST_TEST((sender.NextTimeout() == kNever));  // 5.2
}

BOOST_FIXTURE_TEST_CASE(EveryAckNumberGetsItsVerdict, Fixture) {
  Establish(2000);
  Write(2000);
  Send();
  const auto verdict = [&](std::int64_t position) {
    return sender.OnAck(Ack(static_cast<std::uint64_t>(position)), 2000, std::nullopt, kStart);
  };
  BOOST_TEST((verdict(2002) == AckVerdict::kUnsent));
  BOOST_TEST((verdict(1001) == AckVerdict::kCurrent));
  BOOST_TEST((verdict(1000) == AckVerdict::kOld));
  BOOST_TEST((verdict(-999) == AckVerdict::kOld));  // una - max_wnd, RFC 5961 5.2
  BOOST_TEST((verdict(-1000) == AckVerdict::kTooOld));
  BOOST_TEST((verdict(1001LL + (1LL << 31)) == AckVerdict::kTooOld));
  BOOST_TEST(sender.bytes_acknowledged() == 1000U);
}

BOOST_FIXTURE_TEST_CASE(AnAckOfARetransmissionMeasuresNothing, Fixture) {  // Karn
  Establish(5000);
  const Duration before = sender.rtt().srtt();
  Write(1000);
  Send();
  BOOST_TEST(sender.OnTimeout(kStart + 200ms));
  BOOST_TEST(Send() == 1);
  sender.OnAck(Ack(1001), 5000, std::nullopt, kStart + 10s);
  BOOST_TEST((sender.rtt().srtt() == before));
  Write(1000);
  Send();
  BOOST_TEST((sender.NextTimeout() == kStart + 400ms));  // still doubled
}

BOOST_FIXTURE_TEST_CASE(AnEarlyTimeoutDoesNothing, Fixture) {
  Establish(5000);
  Write(1000);
  Send();
  BOOST_TEST(sender.OnTimeout(kStart + 199ms));
  BOOST_TEST(Send() == 0);
  BOOST_TEST(sender.retransmits() == 0U);
}

BOOST_FIXTURE_TEST_CASE(AcksStandInsideTheWindow, Fixture) {
  Establish(5000);
  Write(3000);
  Send();
  BOOST_TEST(sender.AckPosition() == 3001U);
  sender.OnAck(Ack(1), 1000, std::nullopt, kStart);  // shrunk
  BOOST_TEST(sender.AckPosition() == 1001U);
}

BOOST_FIXTURE_TEST_CASE(AfterStopNothingLeaves, Fixture) {
  Establish(1000);
  Write(3000);
  sender.Stop();
  BOOST_TEST(Send() == 0);
  BOOST_TEST((sender.NextTimeout() == kNever));
  BOOST_TEST(pool.in_use() == 0U);
  BOOST_TEST(!sender.fin_acknowledged());
}

}  // namespace
}  // namespace tcpcopy
