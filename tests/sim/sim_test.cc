#include <boost/test/unit_test.hpp>

#include "tests/sim/simulation.h"

namespace tcpcopy::sim {
namespace {

constexpr std::uint64_t kSeeds = 1000;

void Check(std::uint64_t seed) {
  const SimResult result = Simulate(seed);
  for (const std::string& failure : result.failures) {
    BOOST_ERROR("seed " << seed << ": " << failure
                        << "; again: bazel run //tools:sim_seed -- --seed " << seed);
  }
}

BOOST_AUTO_TEST_CASE(AThousandSeeds) {
  for (std::uint64_t seed = 1; seed <= kSeeds; ++seed) Check(seed);
}

BOOST_AUTO_TEST_CASE(SeedsThatEverFailed) {
  Check(8);      // a request captured behind the ACK of its answer waited for that answer
  Check(30);     // the same, with the first request
  Check(5);      // the story waited for a deadline in the past, and nothing else ran
  Check(365);    // a RST was replayed before the bytes that were captured behind it
  Check(1607);   // the target's retransmission acknowledged, but did not update the window
  Check(6121);   // the same
  Check(16450);  // a file that was not read on in time was taken for one with a gap
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
