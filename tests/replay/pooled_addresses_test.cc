#include "src/replay/pooled_addresses.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::AllFree;
using testing::At;
using testing::LiveWhere;
using testing::Text;

const Endpoint kClient = At("192.0.2.1", 9);
const Endpoint kTarget = At("10.0.0.2", 80);
const Endpoint kTargetV6 = At("2001:db8::2", 80);

PooledAddresses Pool() {
  return PooledAddresses({5000, 5001, 5002}, {{kTarget.address, At("10.0.0.1", 0).address},
                                              {kTargetV6.address, At("2001:db8::1", 0).address}});
}

BOOST_AUTO_TEST_CASE(PortsAreUsedInTurnAndRest) {
  PooledAddresses pool = Pool();
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "10.0.0.1:5000");
  pool.Release(At("10.0.0.1", 5000), kTarget);
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "10.0.0.1:5001");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "10.0.0.1:5002");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "10.0.0.1:5000");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "none");
}

BOOST_AUTO_TEST_CASE(AnExhaustedPoolGoesOnWithWhatIsReleased) {
  PooledAddresses pool = Pool();
  for (int i = 0; i < 3; ++i) pool.Claim({kClient, kTarget}, AllFree);
  pool.Release(At("10.0.0.1", 5001), kTarget);
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "10.0.0.1:5001");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "none");
}

BOOST_AUTO_TEST_CASE(AnEndpointThatSomebodyElseUsesIsPassedOver) {
  PooledAddresses pool = Pool();
  const auto taken = LiveWhere([](const FlowKey& flow) { return flow.local.port == 5000; });
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, taken)) == "10.0.0.1:5001");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, taken)) == "10.0.0.1:5002");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, taken)) == "none");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, AllFree)) == "10.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(APortThatRestsIsTheLastToBeUsedAgain) {
  PooledAddresses pool = Pool();
  const auto all_rest = [](const FlowKey&) { return TupleState::kResting; };
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, all_rest)) == "10.0.0.1:5000");
  pool.Release(At("10.0.0.1", 5000), kTarget);
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, all_rest)) == "10.0.0.1:5001");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, all_rest)) == "10.0.0.1:5002");
  BOOST_TEST(Text(pool.Claim({kClient, kTarget}, all_rest)) == "10.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(EachTargetHasAPoolOfItsOwn) {
  PooledAddresses pool = Pool();
  for (int i = 0; i < 3; ++i) pool.Claim({kClient, kTarget}, AllFree);
  BOOST_TEST(Text(pool.Claim({kClient, At("10.0.0.2", 81)}, AllFree)) == "10.0.0.1:5000");
  BOOST_TEST(Text(pool.Claim({kClient, kTargetV6}, AllFree)) == "[2001:db8::1]:5000");
}

BOOST_AUTO_TEST_CASE(ATargetWithoutAWayToItGetsNothing) {
  PooledAddresses pool = Pool();
  BOOST_TEST(Text(pool.Claim({kClient, At("10.0.0.3", 80)}, AllFree)) == "none");
}

BOOST_AUTO_TEST_CASE(NoTwoLiveSessionsShareAnEndpoint) {
  PooledAddresses pool = Pool();
  std::set<Endpoint> live;
  for (int round = 0; round < 100; ++round) {
    const auto local = pool.Claim({kClient, kTarget}, AllFree);
    BOOST_REQUIRE(local.has_value());
    BOOST_REQUIRE(live.insert(*local).second);
    if (live.size() < 3) continue;
    pool.Release(*live.begin(), kTarget);
    live.erase(live.begin());
  }
}

}  // namespace
}  // namespace tcpcopy
