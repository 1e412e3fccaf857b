#include <boost/test/unit_test.hpp>
#include <set>

#include "src/replay/keep_addresses.h"
#include "src/replay/loopback_addresses.h"
#include "src/replay/pooled_addresses.h"
#include "src/replay/self_addresses.h"

namespace tcpcopy {
namespace {

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

bool Free(const FlowKey&) { return false; }

PooledAddresses Pool() {
  return PooledAddresses({5000, 5001, 5002},
                         {{At("10.0.0.2", 0).address, At("10.0.0.1", 0).address}});
}

BOOST_AUTO_TEST_CASE(PooledPortsAreUsedInTurnAndRest) {
  PooledAddresses pool = Pool();
  const Endpoint target = At("10.0.0.2", 80);
  BOOST_TEST(pool.Claim(At("1.1.1.1", 9), target, Free)->ToString() == "10.0.0.1:5000");
  pool.Release(At("10.0.0.1", 5000), target);
  BOOST_TEST(pool.Claim(At("1.1.1.1", 9), target, Free)->port == 5001);
  BOOST_TEST(pool.Claim(At("1.1.1.1", 9), target, Free)->port == 5002);
  BOOST_TEST(pool.Claim(At("1.1.1.1", 9), target, Free)->port == 5000);
  BOOST_TEST(!pool.Claim(At("1.1.1.1", 9), target, Free).has_value());
}

BOOST_AUTO_TEST_CASE(EachTargetHasAPoolOfItsOwn) {
  PooledAddresses pool = Pool();
  for (int i = 0; i < 3; ++i) pool.Claim(At("1.1.1.1", 9), At("10.0.0.2", 80), Free);
  BOOST_TEST(pool.Claim(At("1.1.1.1", 9), At("10.0.0.2", 81), Free).has_value());
  BOOST_TEST(!pool.Claim(At("1.1.1.1", 9), At("10.0.0.3", 80), Free).has_value());
}

BOOST_AUTO_TEST_CASE(LoopbackClientsKeepTheirPortAndHaveAnAddressOfTheirOwn) {
  LoopbackAddresses loopback;
  const Endpoint target = At("127.0.0.1", 8080);
  const auto a = loopback.Claim(At("10.1.1.1", 4000), target, Free);
  const auto b = loopback.Claim(At("10.1.1.2", 4000), target, Free);
  BOOST_REQUIRE((a && b));
  BOOST_TEST(a->port == 4000);
  BOOST_TEST((a->address != b->address));
  BOOST_TEST(((a->address.v4() & ~LoopbackAddresses::kMask) == LoopbackAddresses::kFirst));
  BOOST_TEST((loopback.Claim(At("10.1.1.1", 4000), target, Free) == a));  // every time the same
}

BOOST_AUTO_TEST_CASE(LoopbackGivesNoTupleTwice) {
  LoopbackAddresses loopback;
  std::set<Endpoint> used;
  const Endpoint target = At("127.0.0.1", 8080);
  for (int i = 0; i < 200; ++i) {
    const auto local = loopback.Claim(
        At("10.1.1.1", 80), target, [&](const FlowKey& flow) { return used.contains(flow.local); });
    BOOST_REQUIRE(local.has_value());
    BOOST_REQUIRE(used.insert(*local).second);
    BOOST_REQUIRE(local->port >= 1024);
  }
  BOOST_TEST(
      !loopback.Claim(At("10.1.1.1", 80), target, [](const FlowKey&) { return true; }).has_value());
}

BOOST_AUTO_TEST_CASE(SelfChoosesByTheTarget) {
  SelfAddresses self(Pool());
  BOOST_TEST(self.Claim(At("1.1.1.1", 9000), At("127.0.0.1", 80), Free)->port == 9000);
  BOOST_TEST(self.Claim(At("1.1.1.1", 9000), At("10.0.0.2", 80), Free)->port == 5000);
}

BOOST_AUTO_TEST_CASE(KeepGivesTheClientsOwnEndpoint) {
  PooledAddresses pool = Pool();
  KeepAddresses keep([](const IpAddress& a) { return a.IsLoopback(); }, pool);
  const Endpoint target = At("10.0.0.2", 80);
  BOOST_TEST(keep.Claim(At("1.1.1.1", 9), target, Free)->ToString() == "1.1.1.1:9");
  BOOST_TEST(!keep.Claim(At("2001:db8::1", 9), target, Free).has_value());
  // This host's own endpoint belongs to a kernel socket.
  BOOST_TEST(keep.Claim(At("127.0.0.1", 9), target, Free)->ToString() == "10.0.0.1:5000");
}

}  // namespace
}  // namespace tcpcopy
