#include "netstack/base/prng.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

// The reference implementation's first values: a seed means the same on every machine, forever.
BOOST_AUTO_TEST_CASE(IsSplitMix64) {
  Prng prng(1234567);
  BOOST_TEST(prng.Next() == 6457827717110365317ULL);
  BOOST_TEST(prng.Next() == 3203168211198807973ULL);
  BOOST_TEST(prng.Next() == 9817491932198370423ULL);
}

BOOST_AUTO_TEST_CASE(BelowCoversItsRangeAndNothingElse) {
  Prng prng(1);
  int seen[5] = {};
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t drawn = prng.Below(5);
    BOOST_TEST_REQUIRE(drawn < 5U);
    ++seen[drawn];
  }
  for (const int count : seen) BOOST_TEST(count > 100);
  BOOST_TEST(prng.Below(1) == 0U);
}

BOOST_AUTO_TEST_CASE(AForkDependsOnItsLabelAndNotOnLaterDraws) {
  Prng parent(42);
  Prng loss = parent.Fork("loss");
  Prng delay = parent.Fork("delay");
  Prng loss_again = parent.Fork("loss");
  BOOST_TEST(loss.Next() != delay.Next());
  Prng fresh = Prng(42).Fork("loss");
  BOOST_TEST(fresh.Next() == loss_again.Next());
}

}  // namespace
}  // namespace tcpcopy
