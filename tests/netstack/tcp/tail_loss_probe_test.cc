#include "netstack/tcp/tail_loss_probe.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

// RFC 8985 7.4: what the answer to a probe says.

TailLossProbe Out(bool repeated) {
  TailLossProbe probe;
  probe.OnSent(1000, repeated);
  BOOST_TEST(probe.is_out());
  return probe;
}

BOOST_AUTO_TEST_CASE(NewDataRepairsNothing) {
  TailLossProbe probe = Out(false);
  BOOST_TEST(!probe.OnAck(999, false, false));
  BOOST_TEST(probe.is_out());
  BOOST_TEST(!probe.OnAck(1000, false, false));
  BOOST_TEST(!probe.is_out());
}

BOOST_AUTO_TEST_CASE(AReportOfADuplicateMeansThatNothingWasLost) {
  TailLossProbe probe = Out(true);
  BOOST_TEST(!probe.OnAck(1000, true, false));
  BOOST_TEST(!probe.is_out());
}

BOOST_AUTO_TEST_CASE(ADuplicateAckMeansThatBothArrived) {
  TailLossProbe probe = Out(true);
  BOOST_TEST(!probe.OnAck(1000, false, false));  // either transmission's
  BOOST_TEST(probe.is_out());
  BOOST_TEST(!probe.OnAck(1000, false, true));
  BOOST_TEST(!probe.is_out());
}

BOOST_AUTO_TEST_CASE(OnlyOneArrivalMeansThatOneWasLost) {
  TailLossProbe probe = Out(true);
  BOOST_TEST(probe.OnAck(1001, false, false));
  BOOST_TEST(!probe.is_out());
  BOOST_TEST(!probe.OnAck(2000, false, false));
}

}  // namespace
}  // namespace tcpcopy
