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

BOOST_AUTO_TEST_CASE(SlowStartGrowsBySegmentsAcknowledged) {  // RFC 5681 (2)
  CongestionControl congestion = Started();
  congestion.OnAck(1001, 1000, 9000);
  BOOST_TEST(congestion.cwnd() == 11'000U);
  congestion.OnAck(5001, 4000, 5000);  // never by more than one segment an ACK
  BOOST_TEST(congestion.cwnd() == 12'000U);
  congestion.OnAck(5101, 100, 5000);
  BOOST_TEST(congestion.cwnd() == 12'100U);
}

BOOST_AUTO_TEST_CASE(AvoidanceGrowsByASegmentARoundTrip) {
  CongestionControl congestion = Started();
  congestion.OnTimeout(20'000, 20'000, false);  // ssthresh 10000
  std::uint64_t una = 20'001;
  while (congestion.cwnd() < congestion.ssthresh()) congestion.OnAck(una += 1000, 1000, 0);
  BOOST_TEST(congestion.cwnd() == 10'000U);
  for (int i = 0; i < 9; ++i) congestion.OnAck(una += 1000, 1000, 0);
  BOOST_TEST(congestion.cwnd() == 10'000U);
  congestion.OnAck(una += 1000, 1000, 0);
  BOOST_TEST(congestion.cwnd() == 11'000U);
}

BOOST_AUTO_TEST_CASE(ThirdDuplicateStartsRecovery) {  // RFC 5681 3.2
  CongestionControl congestion = Started();
  BOOST_TEST(!congestion.OnDuplicateAck(1, 10'001, 10'000));
  BOOST_TEST(congestion.window() == 11'000U);  // limited transmit
  BOOST_TEST(!congestion.OnDuplicateAck(1, 11'001, 11'000));
  BOOST_TEST(congestion.window() == 12'000U);
  BOOST_TEST(congestion.cwnd() == 10'000U);
  BOOST_TEST(congestion.OnDuplicateAck(1, 12'001, 12'000));
  BOOST_TEST(congestion.in_recovery());
  BOOST_TEST(congestion.ssthresh() == 5000U);  // without limited transmit's two
  BOOST_TEST(congestion.cwnd() == 8000U);
  BOOST_TEST(!congestion.OnDuplicateAck(1, 12'001, 12'000));
  BOOST_TEST(congestion.window() == 9000U);
}

BOOST_AUTO_TEST_CASE(PartialAckDeflatesAndAsksForTheNextHole) {  // RFC 6582 3.2
  CongestionControl congestion = Started();
  for (int i = 0; i < 3; ++i) congestion.OnDuplicateAck(1, 10'001, 10'000);
  BOOST_TEST(congestion.cwnd() == 8000U);
  BOOST_TEST(congestion.OnAck(3001, 3000, 7000));
  BOOST_TEST(congestion.cwnd() == 6000U);
  BOOST_TEST(congestion.restarts_timer());
  BOOST_TEST(congestion.OnAck(4001, 1000, 6000));
  BOOST_TEST(!congestion.restarts_timer());
  BOOST_TEST(!congestion.OnAck(10'001, 6000, 0));
  BOOST_TEST(!congestion.in_recovery());
  BOOST_TEST(congestion.cwnd() == 2000U);  // min(ssthresh, flight + 1)
}

BOOST_AUTO_TEST_CASE(DuplicatesBelowTheRecoveryPointAreOurOwn) {  // RFC 6582 3.2 step 2
  CongestionControl congestion = Started();
  congestion.OnTimeout(10'001, 10'000, false);
  for (int i = 0; i < 5; ++i) BOOST_TEST(!congestion.OnDuplicateAck(5001, 10'001, 5000));
  congestion.OnAck(10'002, 5001, 5000);
  BOOST_TEST(!congestion.OnDuplicateAck(10'002, 20'001, 10'000));
  BOOST_TEST(!congestion.OnDuplicateAck(10'002, 20'001, 10'000));
  BOOST_TEST(congestion.OnDuplicateAck(10'002, 20'001, 10'000));
}

BOOST_AUTO_TEST_CASE(TimeoutCollapsesTheWindow) {  // RFC 5681 3.1
  CongestionControl congestion = Started();
  congestion.OnTimeout(10'001, 10'000, false);
  BOOST_TEST(congestion.cwnd() == kMss);
  BOOST_TEST(congestion.ssthresh() == 5000U);
  congestion.OnTimeout(10'001, 1000, true);  // the same bytes again: the half is kept
  BOOST_TEST(congestion.ssthresh() == 5000U);
}

}  // namespace
}  // namespace tcpcopy
