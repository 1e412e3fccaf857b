#include "netstack/tcp/spurious_recovery.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

SpuriousRecovery Begun(std::uint32_t stamp, int retransmits) {
  SpuriousRecovery spurious;
  spurious.Begin();
  for (int i = 0; i < retransmits; ++i) {
    spurious.OnRetransmit(stamp + static_cast<std::uint32_t>(i));
  }
  return spurious;
}

BOOST_AUTO_TEST_CASE(AnEchoOfTheFirstTransmissionTells) {  // RFC 3522 3.2
  for (const std::uint32_t stamp : {1000U, 0U}) {          // wraps
    BOOST_TEST(Begun(stamp, 2).OnEcho(stamp - 1));
    BOOST_TEST(!Begun(stamp, 2).OnEcho(stamp));
    BOOST_TEST(!Begun(stamp, 2).OnEcho(stamp + 1));
  }
}

BOOST_AUTO_TEST_CASE(OnlyTheFirstAckTells) {
  SpuriousRecovery spurious = Begun(1000, 1);
  BOOST_TEST(!spurious.OnEcho(1000));
  BOOST_TEST(!spurious.OnEcho(999));
}

BOOST_AUTO_TEST_CASE(AllRetransmissionsReceivedTwiceTell) {  // RFC 3708 3
  SpuriousRecovery spurious = Begun(1000, 2);
  BOOST_TEST(!spurious.OnDuplicate());
  BOOST_TEST(spurious.OnDuplicate());
}

BOOST_AUTO_TEST_CASE(WithoutARecoveryNothingTells) {
  SpuriousRecovery spurious;
  spurious.OnRetransmit(1000);
  BOOST_TEST(!spurious.OnEcho(1));
  BOOST_TEST(!spurious.OnDuplicate());
  spurious = Begun(1000, 0);
  BOOST_TEST(!spurious.OnEcho(1));
  spurious = Begun(1000, 1);
  spurious.End();
  BOOST_TEST(!spurious.OnEcho(1));
  BOOST_TEST(!spurious.OnDuplicate());
}

}  // namespace
}  // namespace tcpcopy
