#include "netstack/tcp/rtt_estimator.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""h;

const TcpSettings kSettings;

BOOST_AUTO_TEST_CASE(BeginsWithTheInitialTimeout) {
  const RttEstimator rtt(kSettings);
  BOOST_TEST(!rtt.has_sample());
  BOOST_TEST((rtt.rto() == 1s));
}

BOOST_AUTO_TEST_CASE(FirstSample) {  // RFC 6298 2.2
  RttEstimator rtt(kSettings);
  rtt.Sample(100ms, 1, kSettings);
  BOOST_TEST((rtt.srtt() == 100ms));
  BOOST_TEST((rtt.rttvar() == 50ms));
  BOOST_TEST((rtt.rto() == 300ms));
}

BOOST_AUTO_TEST_CASE(LaterSamples) {  // RFC 6298 2.3
  RttEstimator rtt(kSettings);
  rtt.Sample(100ms, 1, kSettings);
  rtt.Sample(180ms, 1, kSettings);
  BOOST_TEST((rtt.rttvar() == std::chrono::microseconds(57'500)));  // 3/4 * 50 + 1/4 * 80
  BOOST_TEST((rtt.srtt() == 110ms));                                // 7/8 * 100 + 1/8 * 180
  BOOST_TEST((rtt.rto() == 340ms));
}

BOOST_AUTO_TEST_CASE(ManySamplesInARoundTripWeighLess) {  // RFC 7323 appendix G
  RttEstimator rtt(kSettings);
  rtt.Sample(100ms, 1, kSettings);
  rtt.Sample(180ms, 10, kSettings);
  BOOST_TEST((rtt.srtt() == 101ms));
}

BOOST_AUTO_TEST_CASE(StaysWithinBounds) {
  RttEstimator rtt(kSettings);
  rtt.Sample(Duration(0), 0, kSettings);
  BOOST_TEST((rtt.rto() == kSettings.min_rto));
  for (int i = 0; i < 100; ++i) rtt.Sample(10h, 1, kSettings);
  BOOST_TEST((rtt.rto() == kSettings.max_rto));
}

BOOST_AUTO_TEST_CASE(ALostSynMakesCareful) {  // RFC 6298 5.7
  RttEstimator rtt(kSettings);
  rtt.OnUnmeasuredHandshake();
  BOOST_TEST((rtt.rto() == 3s));
}

}  // namespace
}  // namespace tcpcopy
