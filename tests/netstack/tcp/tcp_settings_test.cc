#include "netstack/tcp/tcp_settings.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(DefaultsAgreeWithTheRfcsBounds) {
  const TcpSettings settings;
  BOOST_TEST((settings.min_rto <= settings.initial_rto));
  BOOST_TEST((settings.initial_rto <= settings.max_rto));
  BOOST_TEST((settings.max_rto >= std::chrono::seconds(60)));           // RFC 6298 2.5
  BOOST_TEST((settings.delayed_ack < std::chrono::milliseconds(500)));  // RFC 9293 3.8.6.3
  BOOST_TEST((settings.delayed_ack < settings.min_rto));                // or peers time out
  BOOST_TEST(settings.receive_window >= 65535U);
}

}  // namespace
}  // namespace tcpcopy
