#include "src/io/host/ipsec.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(APolicyIsSeenWhileThereIsOne) {
  BOOST_TEST(!HasIpsecPolicy());
  testing::Shell(
      "ip xfrm policy add src 10.0.0.0/8 dst 10.3.0.0/16 dir out tmpl src 10.1.0.1 dst 10.3.0.1 "
      "proto esp mode tunnel");
  BOOST_TEST(HasIpsecPolicy());
  testing::Shell("ip xfrm policy flush");
  BOOST_TEST(!HasIpsecPolicy());
}

}  // namespace
}  // namespace tcpcopy
