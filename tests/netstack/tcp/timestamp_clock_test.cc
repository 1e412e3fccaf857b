#include "netstack/tcp/timestamp_clock.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(CountsMillisecondsAndWraps) {  // RFC 7323 5.4
  using std::chrono_literals::operator""ms;
  BOOST_TEST(TimestampValue(Instant{} + 1500ms) == 1500U);
  BOOST_TEST(TimestampValue(Instant{} + std::chrono::milliseconds(0x1'0000'0007)) == 7U);
}

}  // namespace
}  // namespace tcpcopy
