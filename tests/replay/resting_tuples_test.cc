#include "src/replay/resting_tuples.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using std::chrono::seconds;
using testing::At;

FlowKey Tuple(std::uint16_t port) { return {At("10.0.0.1", port), At("10.0.0.2", 80)}; }

BOOST_AUTO_TEST_CASE(ATupleRestsForTheTimeWaitOfTheTarget) {
  RestingTuples resting(1, 100);
  resting.Add(Tuple(1), SeqNum(77), Instant{});
  BOOST_TEST((resting.Find(Tuple(1), Instant{} + seconds(59)) == SeqNum(77)));
  BOOST_TEST((!resting.Find(Tuple(1), Instant{} + RestingTuples::kRest)));
  BOOST_TEST((!resting.Find(Tuple(2), Instant{})));
}

BOOST_AUTO_TEST_CASE(TheNextSessionsEndCounts) {
  RestingTuples resting(1, 100);
  resting.Add(Tuple(1), SeqNum(77), Instant{});
  resting.Add(Tuple(1), SeqNum(99), Instant{} + seconds(30));
  BOOST_TEST((resting.Find(Tuple(1), Instant{} + seconds(80)) == SeqNum(99)));
}

BOOST_AUTO_TEST_CASE(TheOldestIsForgottenAtTheBound) {
  RestingTuples resting(1, 10);
  for (std::uint16_t port = 0; port < 11; ++port) resting.Add(Tuple(port), SeqNum(1), Instant{});
  BOOST_TEST((!resting.Find(Tuple(0), Instant{})));
  BOOST_TEST((resting.Find(Tuple(1), Instant{}).has_value()));
}

}  // namespace
}  // namespace tcpcopy
