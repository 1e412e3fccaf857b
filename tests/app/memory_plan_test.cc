#include "src/app/memory_plan.h"

#include <boost/test/unit_test.hpp>

#include "src/io/pcap/merged_captures.h"
#include "src/replay/dispatcher.h"
#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;

BOOST_AUTO_TEST_CASE(AllThatCanGrowFitsIntoTheMemoryAndUsesMostOfIt) {
  for (const std::size_t memory : {56U, 64U, 512U, 4096U, 65536U}) {
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
             "32 MB are too little: the program and its buffers (-B, -M) take 50 already; accepted "
             "here: 54 or more");
  BOOST_TEST(MemoryPlan::Of(54 * kMiB, 26 * kMiB).has_value());
}

BOOST_AUTO_TEST_CASE(EachBufferThatTheOptionsAskForIsCounted) {
  const auto buffers = [](const testing::Arguments& more) {
    return MemoryPlan::BuffersOf(testing::Good(testing::WithMap(more)));
  };
  const std::size_t without = buffers({});
  BOOST_TEST(buffers({"-B", "48"}) == without + 32 * kMiB);
  BOOST_TEST(buffers({"--interface", "a,b,c"}) == without + 32 * kMiB);
  BOOST_TEST(buffers({"-M", "9000"}) == without + 1024 * 7500);
  BOOST_TEST(buffers({"-s", "10.0.0.9,10.0.0.8", "-C", "3"}) == without + 12 * kMiB);
  BOOST_TEST(buffers({"-i", "-"}) == without - 16 * kMiB + MergedCaptures::kBytesAFile);
}

}  // namespace
}  // namespace tcpcopy
