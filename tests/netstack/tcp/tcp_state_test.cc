#include "netstack/tcp/tcp_state.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <string_view>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(EveryStateHasItsNameInTheRfc) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(TcpState::kTimeWait); ++i) {
    names.insert(ToString(static_cast<TcpState>(i)));
  }
  BOOST_TEST(names.size() == 10U);
  BOOST_TEST(names.count("?") == 0U);
  BOOST_TEST(ToString(TcpState::kFinWait1) == "FIN-WAIT-1");
}

BOOST_AUTO_TEST_CASE(EveryCloseReasonHasAName) {
  std::set<std::string_view> names;
  for (int i = 0; i <= static_cast<int>(CloseReason::kAborted); ++i) {
    names.insert(ToString(static_cast<CloseReason>(i)));
  }
  BOOST_TEST(names.size() == 6U);
  BOOST_TEST(names.count("?") == 0U);
}

}  // namespace
}  // namespace tcpcopy
