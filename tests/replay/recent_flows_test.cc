#include "src/replay/recent_flows.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Flows = RecentFlows<int>;

constexpr std::uint32_t kCapacity = 1000;

ClientFlow Flow(std::uint32_t client) {
  return {{{IpAddress::V4(client), 1000}, {IpAddress::V4(1), 80}}};
}

BOOST_AUTO_TEST_CASE(TheOldestIsForgottenAtTheBound) {
  Flows flows(1, kCapacity);
  for (std::uint32_t i = 0; i < 3 * kCapacity + 10; ++i) flows.Add(Flow(i), 7);
  BOOST_TEST(flows.Find(Flow(2 * kCapacity + 9)) == nullptr);
  BOOST_REQUIRE(flows.Find(Flow(2 * kCapacity + 10)) != nullptr);
  BOOST_TEST(*flows.Find(Flow(2 * kCapacity + 10)) == 7);
}

BOOST_AUTO_TEST_CASE(ARenewedFlowIsAsYoungAsItsRenewal) {
  Flows flows(1, kCapacity);
  flows.Add(Flow(0), 1);
  for (std::uint32_t i = 1; i < kCapacity; ++i) flows.Add(Flow(i), 0);
  BOOST_TEST(flows.Add(Flow(0), 2) == 2);
  BOOST_REQUIRE(flows.Find(Flow(0)) != nullptr);
  BOOST_TEST(*flows.Find(Flow(0)) == 2);
  flows.Remove(Flow(0));
  BOOST_TEST(flows.Find(Flow(0)) == nullptr);
}

BOOST_AUTO_TEST_CASE(AClearedTableIsAsNew) {
  Flows flows(1, kCapacity);
  // Not a whole number of rings, so that places in the ring would be out of step.
  for (std::uint32_t i = 0; i < kCapacity + 10; ++i) flows.Add(Flow(i), 7);
  flows.Clear();
  BOOST_TEST(flows.Find(Flow(kCapacity)) == nullptr);
  for (std::uint32_t i = 0; i < kCapacity; ++i) flows.Add(Flow(i), 8);
  BOOST_REQUIRE(flows.Find(Flow(0)) != nullptr);
  flows.Add(Flow(kCapacity), 9);
  BOOST_TEST(flows.Find(Flow(0)) == nullptr);
  BOOST_REQUIRE(flows.Find(Flow(1)) != nullptr);
  BOOST_TEST(*flows.Find(Flow(1)) == 8);
}

}  // namespace
}  // namespace tcpcopy
