#include "src/replay/self_addresses.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::AllFree;
using testing::At;
using testing::Text;

const Endpoint kClient = At("192.0.2.1", 9000);

SelfAddresses Self() {
  return SelfAddresses(
      PooledAddresses({5000}, {{At("10.0.0.2", 0).address, At("10.0.0.1", 0).address},
                               {At("::1", 0).address, At("::1", 0).address}}));
}

BOOST_AUTO_TEST_CASE(TheTargetChooses) {
  SelfAddresses self = Self();
  for (const char* loopback : {"127.0.0.1", "127.9.9.9"}) {
    const auto local = self.Claim({kClient, At(loopback, 80)}, AllFree);
    BOOST_REQUIRE(local.has_value());
    BOOST_TEST(local->port == 9000);
    BOOST_TEST(local->address.IsLoopback());
  }
  BOOST_TEST(Text(self.Claim({kClient, At("10.0.0.2", 80)}, AllFree)) == "10.0.0.1:5000");
  // IPv6 has one loopback address only, so it takes ports like any other target.
  BOOST_TEST(Text(self.Claim({kClient, At("::1", 80)}, AllFree)) == "[::1]:5000");
}

BOOST_AUTO_TEST_CASE(ReleasedEndpointsGoBackToWhereTheyCameFrom) {
  SelfAddresses self = Self();
  const Endpoint target = At("10.0.0.2", 80);
  const Endpoint loopback = At("127.0.0.1", 80);
  const auto pooled = self.Claim({kClient, target}, AllFree);
  self.Release(*self.Claim({kClient, loopback}, AllFree), loopback);
  BOOST_TEST(Text(self.Claim({kClient, target}, AllFree)) == "none");
  self.Release(*pooled, target);
  BOOST_TEST(Text(self.Claim({kClient, target}, AllFree)) == "10.0.0.1:5000");
}

}  // namespace
}  // namespace tcpcopy
