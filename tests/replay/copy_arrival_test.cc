#include "src/replay/copy_arrival.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::At;

CopyArrival First() { return {.client = {{At("192.0.2.1", 4000), At("198.51.100.1", 80)}}}; }

BOOST_AUTO_TEST_CASE(EachCopyIsAskedAndTheLuckiestCounts) {
  CopyArrival arrival = First();
  std::vector<int> asked;
  const PacketVerdict verdict = RouteToCopies(arrival, 3, [&](const CopyArrival& one) {
    asked.push_back(one.client.copy);
    return one.client.copy == 1 ? PacketVerdict::kToSession : PacketVerdict::kLeftOut;
  });
  BOOST_TEST(asked == (std::vector<int>{0, 1, 2}), boost::test_tools::per_element());
  BOOST_TEST((verdict == PacketVerdict::kToSession));
}

BOOST_AUTO_TEST_CASE(NobodyBehindOneThatStandsForAllIsAsked) {
  CopyArrival arrival = First();
  int asked = 0;
  const PacketVerdict verdict = RouteToCopies(arrival, 1000, [&](CopyArrival& one) {
    one.is_whole = one.client.copy == 2;
    ++asked;
    return PacketVerdict::kLeftOut;
  });
  BOOST_TEST(asked == 3);
  BOOST_TEST((verdict == PacketVerdict::kLeftOut));
}

}  // namespace
}  // namespace tcpcopy
