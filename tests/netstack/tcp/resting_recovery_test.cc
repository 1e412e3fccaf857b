#include "netstack/tcp/resting_recovery.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::uint32_t kMss = 1000;
const Instant kStart = Instant{} + 1s;

/// One that rests beside one that never does: both are told the same.
struct Pair {
  explicit Pair(bool sack = true) {
    const SendTerms terms{.mss = kMss, .sack = sack};
    resting.Open(terms, false);
    awake.Open(terms, false);
    resting.OnHandshakeMeasured(20ms);
    awake.OnHandshakeMeasured(20ms);
    snd.una = snd.nxt = snd.max = 1;
    rtt.Sample(20ms, 1, settings);
  }

  void Send(std::uint64_t bytes) {
    resting.OnSent(snd.nxt, snd.nxt + bytes, {}, now);
    awake.OnSent(snd.nxt, snd.nxt + bytes, {}, now);
    snd.nxt = snd.max = snd.nxt + bytes;
    Arm();
  }
  void Ack(std::uint64_t bytes, std::uint32_t sack_left = 0, std::uint32_t sack_right = 0) {
    TcpSegment segment;
    segment.flags = TcpFlags{TcpFlags::kAck};
    snd.una += bytes;
    segment.ack = snd.Number(snd.una);
    if (sack_right > sack_left) {
      segment.options.sack[0] = {SeqNum(sack_left), SeqNum(sack_right)};
      segment.options.sack_count = 1;
    }
    const LossRecovery::Ack ack{.segment = segment,
                                .acked = bytes,
                                .is_duplicate = bytes == 0 && snd.in_flight() > 0,
                                .echo = std::nullopt};
    const auto one = resting.OnAck(ack, snd, rtt, now);
    const auto other = awake.OnAck(ack, snd, rtt, now);
    BOOST_TEST((one.round_trip == other.round_trip));
    BOOST_TEST(one.was_spurious == other.was_spurious);
    if (bytes > 0) Arm();
  }
  void Arm() {
    resting.ArmTailProbe(snd, rtt, now + 1s, now);
    awake.ArmTailProbe(snd, rtt, now + 1s, now);
    Compare();
  }
  void Compare() {
    BOOST_TEST(resting.congestion().cwnd() == awake.congestion().cwnd());
    BOOST_TEST(resting.congestion().ssthresh() == awake.congestion().ssthresh());
    BOOST_TEST(resting.Outstanding() == awake.Outstanding());
    BOOST_TEST(resting.HasLost() == awake.HasLost());
    BOOST_TEST(resting.MaySend(kMss) == awake.MaySend(kMss));
    BOOST_TEST(resting.TailProbeDue() == awake.TailProbeDue());
    BOOST_TEST((resting.NextTimeout() == awake.NextTimeout()));
    BOOST_TEST(resting.sacked() == awake.scoreboard().sacked());
  }

  BlockPool blocks{1U << 20};
  TcpMemory memory{blocks};
  TcpSettings settings;
  RestingRecovery resting{memory};
  LossRecovery awake{blocks};
  SendSequence snd;
  RttEstimator rtt{settings};
  Instant now = kStart;
};

BOOST_AUTO_TEST_CASE(ItTakesMemoryOnlyWhileSomethingIsInFlight) {
  Pair pair;
  BOOST_TEST(!pair.resting.IsAwake());
  BOOST_TEST(pair.memory.recoveries.in_use() == 0U);
  pair.Send(3 * kMss);
  BOOST_TEST(pair.resting.IsAwake());
  BOOST_TEST(pair.memory.recoveries.in_use() == 1U);
  pair.now += 20ms;
  pair.Ack(kMss);
  BOOST_TEST(pair.resting.IsAwake());
  pair.Ack(2 * kMss);
  BOOST_TEST(!pair.resting.IsAwake());
  BOOST_TEST(pair.memory.recoveries.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(ItGoesOnAsIfItHadNotRested) {
  for (const bool sack : {true, false}) {
    Pair pair(sack);
    for (std::uint32_t flight = 1; flight <= 20; ++flight) {
      pair.Send(std::uint64_t{flight} * kMss);
      pair.now += 15ms + flight * 1ms;
      pair.Ack(std::uint64_t{flight} * kMss);
      pair.Ack(0);
      BOOST_TEST(!pair.resting.IsAwake());
    }
  }
}

BOOST_AUTO_TEST_CASE(OneThatHasLostSomethingStaysAwake) {
  Pair pair;
  pair.Send(5 * kMss);
  pair.now += 100ms;
  pair.Ack(0, kMss + 1, 5 * kMss + 1);
  BOOST_TEST(pair.resting.HasLost());
  pair.Compare();
  pair.now += 20ms;
  pair.Ack(5 * kMss);
  BOOST_TEST(pair.resting.IsAwake());
  pair.resting.Stop();
  BOOST_TEST(pair.memory.recoveries.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(AReportOfWhatCameTwiceWakesIt) {  // RFC 8985 6.2 step 4
  Pair pair;
  pair.Send(kMss);
  pair.now += 20ms;
  pair.Ack(kMss);
  BOOST_TEST(!pair.resting.IsAwake());
  pair.Ack(0, 1, kMss + 1);
  BOOST_TEST(pair.resting.IsAwake());
  pair.Compare();
}

BOOST_AUTO_TEST_CASE(SmallerSegmentsStaySmaller) {
  Pair pair;
  pair.Send(kMss);
  pair.resting.LowerMss(500);
  pair.awake.LowerMss(500);
  pair.Compare();
  BOOST_TEST(pair.resting.terms().mss == 500U);
}

}  // namespace
}  // namespace tcpcopy
