#include "netstack/tcp/congestion_control.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

constexpr std::uint32_t kMss = 1000;

CongestionControl Started() {
  CongestionControl congestion;
  congestion.Start(kMss, false);
  return congestion;
}

BOOST_AUTO_TEST_CASE(InitialWindow) {  // RFC 6928 2
  const auto initial = [](std::uint32_t mss, bool syn_lost = false) {
    CongestionControl congestion;
    congestion.Start(mss, syn_lost);
    return congestion.cwnd();
  };
  BOOST_TEST(initial(536) == 5360U);
  BOOST_TEST(initial(1460) == 14600U);
  BOOST_TEST(initial(8960) == 17920U);
  BOOST_TEST(initial(1460, true) == 1460U);  // RFC 5681 3.1
}

BOOST_AUTO_TEST_CASE(SlowStartGrowsByWhatWasAcknowledged) {  // RFC 5681 (2), RFC 9406 4.2
  CongestionControl congestion = Started();
  congestion.OnAcknowledged(1000, 10'000);
  BOOST_TEST(congestion.cwnd() == 11'000U);
  congestion.OnAcknowledged(9000, 11'000);  // never by more than eight segments an ACK
  BOOST_TEST(congestion.cwnd() == 19'000U);
  congestion.OnAcknowledged(100, 19'000);
  BOOST_TEST(congestion.cwnd() == 19'100U);
}

BOOST_AUTO_TEST_CASE(AWindowThatIsNotUsedDoesNotGrow) {  // RFC 7661 4.3
  CongestionControl congestion = Started();
  congestion.OnAcknowledged(1000, 4999);
  BOOST_TEST(congestion.cwnd() == 10'000U);
  congestion.OnAcknowledged(1000, 5000);
  BOOST_TEST(congestion.cwnd() == 11'000U);
}

BOOST_AUTO_TEST_CASE(AvoidanceGrowsByASegmentARoundTrip) {  // RFC 5681 3.1
  CongestionControl congestion = Started();
  congestion.OnTimeout(20'000, 20'000, false);  // ssthresh 10000
  while (congestion.cwnd() < congestion.ssthresh()) congestion.OnAcknowledged(1000, 20'000);
  BOOST_TEST(congestion.cwnd() == 10'000U);
  for (int i = 0; i < 9; ++i) congestion.OnAcknowledged(1000, 20'000);
  BOOST_TEST(congestion.cwnd() == 10'000U);
  congestion.OnAcknowledged(1000, 20'000);
  BOOST_TEST(congestion.cwnd() == 11'000U);
}

BOOST_AUTO_TEST_CASE(ALossHalvesTheWindowInProportionToWhatArrives) {  // RFC 6937 3
  CongestionControl congestion = Started();
  congestion.EnterRecovery(10'001, 12'000);  // two of limited transmit's do not count
  BOOST_TEST((congestion.phase() == CongestionControl::Phase::kRecovery));
  BOOST_TEST(congestion.ssthresh() == 5000U);
  congestion.OnSent(1000);             // the fast retransmit
  congestion.OnDelivered(3000, 9000);  // 3 have arrived: 2 may leave, 1 has
  BOOST_TEST(congestion.cwnd() == 9000U + 500U);
  congestion.OnDelivered(1000, 8000);
  BOOST_TEST(congestion.cwnd() == 8000U + 1000U);
  congestion.OnSent(1000);
  congestion.OnDelivered(1000, 8000);
  BOOST_TEST(congestion.cwnd() == 8000U + 500U);
}

BOOST_AUTO_TEST_CASE(AfterHeavyLossTheRecoveryStartsSlowlyBack) {  // RFC 6937 3, PRR-SSRB
  CongestionControl congestion = Started();
  congestion.EnterRecovery(10'001, 10'000);
  congestion.OnSent(1000);
  congestion.OnDelivered(1000, 1000);  // all but one are lost
  BOOST_TEST(congestion.cwnd() == 1000U + 2000U);
  congestion.OnDelivered(1000, 4500);
  BOOST_TEST(congestion.cwnd() == 5000U);  // never above ssthresh
}

BOOST_AUTO_TEST_CASE(ARecoveryEndsWhereItBegan) {  // RFC 6582 3.2
  CongestionControl congestion = Started();
  congestion.EnterRecovery(10'001, 10'000);
  BOOST_TEST(!congestion.EndsRecovery(10'000));
  BOOST_TEST(congestion.EndsRecovery(10'001));
  BOOST_TEST((congestion.phase() == CongestionControl::Phase::kOpen));
  BOOST_TEST(congestion.cwnd() == 5000U);
  BOOST_TEST(!congestion.EndsRecovery(20'000));  // none any more
}

BOOST_AUTO_TEST_CASE(TimeoutCollapsesTheWindow) {  // RFC 5681 3.1
  CongestionControl congestion = Started();
  congestion.OnTimeout(10'001, 10'000, false);
  BOOST_TEST(congestion.cwnd() == kMss);
  BOOST_TEST(congestion.ssthresh() == 5000U);
  congestion.OnTimeout(10'001, 1000, true);  // the same bytes again: the half is kept
  BOOST_TEST(congestion.ssthresh() == 5000U);
  congestion.OnAcknowledged(5000, 10'000);  // much of it had arrived before: one segment only
  BOOST_TEST(congestion.cwnd() == 2 * kMss);
}

BOOST_AUTO_TEST_CASE(AMistakeIsUndone) {  // RFC 4015 3.2
  CongestionControl congestion = Started();
  congestion.OnTimeout(10'001, 10'000, false);
  congestion.OnTimeout(10'001, 10'000, true);
  congestion.Undo();
  BOOST_TEST((congestion.phase() == CongestionControl::Phase::kOpen));
  BOOST_TEST(congestion.cwnd() == 10'000U);
  congestion.OnAcknowledged(1000, 10'000);  // slow start goes on
  BOOST_TEST(congestion.cwnd() == 11'000U);
}

BOOST_AUTO_TEST_CASE(AfterIdlenessTheWindowIsTheInitialOne) {  // RFC 5681 4.1
  CongestionControl congestion = Started();
  for (int i = 0; i < 10; ++i) congestion.OnAcknowledged(8000, 100'000);
  BOOST_TEST(congestion.cwnd() == 90'000U);
  congestion.OnIdle();
  BOOST_TEST(congestion.cwnd() == 10'000U);
}

BOOST_AUTO_TEST_CASE(ARepairedLossCostsHalfTheWindow) {  // RFC 8985 7.4
  CongestionControl congestion = Started();
  congestion.OnRepairedLoss(8000);
  BOOST_TEST(congestion.cwnd() == 4000U);
  BOOST_TEST((congestion.phase() == CongestionControl::Phase::kOpen));
}

BOOST_AUTO_TEST_CASE(SmallerSegmentsKeepTheirCount) {
  CongestionControl congestion = Started();
  congestion.OnSmallerMss(500);
  BOOST_TEST(congestion.cwnd() == 5000U);
}

}  // namespace
}  // namespace tcpcopy
