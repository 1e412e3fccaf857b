#include <boost/test/unit_test.hpp>

#include "tests/sim/simulation.h"

namespace tcpcopy::sim {
namespace {

constexpr std::uint64_t kSeeds = 1000;

BOOST_AUTO_TEST_CASE(AThousandSeeds) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) {
    const SimResult result = Simulate(seed);
    for (const std::string& failure : result.failures) {
      BOOST_ERROR("seed " << seed << ": " << failure << "; again: bazel run //tools:sim_seed -- "
                          << "--seed " << seed);
    }
  }
}

BOOST_AUTO_TEST_CASE(SameSeedSameTrace) {
  for (const std::uint64_t seed : {7, 77, 777, 7777}) {
    const SimResult once = Simulate(seed);
    BOOST_TEST(once.packets > 0U);
    BOOST_TEST(once.trace_hash == Simulate(seed).trace_hash);
    BOOST_TEST(once.trace_hash != Simulate(seed + 1).trace_hash);
  }
}

}  // namespace
}  // namespace tcpcopy::sim
