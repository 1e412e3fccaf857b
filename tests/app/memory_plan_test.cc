#include "src/app/memory_plan.h"

#include <boost/test/unit_test.hpp>

#include "src/replay/dispatcher.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

BOOST_AUTO_TEST_CASE(AllThatCanGrowFitsIntoTheMemoryAndUsesMostOfIt) {
  for (const std::size_t memory : {48U, 64U, 512U, 4096U, 65536U}) {
    const auto plan = MemoryPlan::Of(memory * kMiB, 24 * kMiB - 1);
    BOOST_TEST_REQUIRE(plan.has_value());
    const std::size_t used = plan->payload_bytes + plan->sessions * Dispatcher::kBytesASession +
                             plan->remembered_flows * Dispatcher::kBytesARememberedFlow +
                             24 * kMiB - 1 + MemoryPlan::kFixed;
    BOOST_TEST(used <= memory * kMiB);
    BOOST_TEST(used > memory * kMiB * 99 / 100);
    BOOST_TEST(plan->remembered_flows >= 64U);
  }
}

BOOST_AUTO_TEST_CASE(MoreMemoryIsMoreSessions) {
  const auto small = MemoryPlan::Of(64 * kMiB, 0);
  const auto large = MemoryPlan::Of(640 * kMiB, 0);
  BOOST_TEST(large->sessions > 9 * small->sessions);
  BOOST_TEST(large->payload_bytes > 9 * small->payload_bytes);
}

BOOST_AUTO_TEST_CASE(TooLittleIsRefusedWithTheLeastThatIsAccepted) {
  const auto plan = MemoryPlan::Of(32 * kMiB, 26 * kMiB);
  BOOST_TEST_REQUIRE(!plan.has_value());
  BOOST_TEST(plan.error() ==
             "32 MB are too little: the program and its capture buffers (-B) take 46 already; "
             "accepted here: 50 or more");
  BOOST_TEST(MemoryPlan::Of(50 * kMiB, 26 * kMiB).has_value());
}

}  // namespace
}  // namespace tcpcopy
