#include "src/replay/port_finder.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::AllFree;
using testing::At;
using testing::LiveWhere;
using testing::Text;

const IpAddress kLocal = At("10.2.0.1", 0).address;
const Endpoint kTarget = At("10.9.9.9", 80);

BOOST_AUTO_TEST_CASE(TheWantedPortIsGivenWhereItIsFree) {
  PortFinder finder{PortShare()};
  BOOST_TEST(Text(finder.Find(kLocal, 4000, kTarget, AllFree)) == "10.2.0.1:4000");
  BOOST_TEST(Text(finder.Find(kLocal, 1024, kTarget, AllFree)) == "10.2.0.1:1024");
  BOOST_TEST(finder.Find(kLocal, 1023, kTarget, AllFree)->port >= 1024);
}

BOOST_AUTO_TEST_CASE(APortThatRestsIsGivenOnlyWhenNoFreeOneIsNear) {
  PortFinder finder{PortShare()};
  const auto rests = [](const FlowKey& flow) {
    return flow.local.port < 1040 || flow.local.port == 4000 ? TupleState::kResting
                                                             : TupleState::kFree;
  };
  BOOST_TEST(Text(finder.Find(kLocal, 4000, kTarget, rests)) == "10.2.0.1:1040");
  int asked = 0;
  const auto all_rest = [&](const FlowKey&) {
    ++asked;
    return TupleState::kResting;
  };
  // In turn, so that it is the one that has rested longest.
  BOOST_TEST(Text(finder.Find(kLocal, 4000, kTarget, all_rest)) == "10.2.0.1:1041");
  BOOST_TEST(asked == 1 + PortFinder::kTriesForAFreeOne);
  BOOST_TEST(Text(finder.Find(kLocal, 4000, kTarget, all_rest)) == "10.2.0.1:1042");
}

BOOST_AUTO_TEST_CASE(TheSearchIsBoundedAndGoesOnWhereItEnded) {
  PortFinder finder{PortShare()};
  int asked = 0;
  const auto all_but_one = LiveWhere([&](const FlowKey& flow) {
    ++asked;
    return flow.local.port != 7777;
  });
  BOOST_TEST(Text(finder.Find(kLocal, 0, kTarget, all_but_one)) == "none");
  BOOST_TEST(asked == PortFinder::kMaxTries);
  BOOST_TEST(Text(finder.Find(kLocal, 0, kTarget, all_but_one)) == "10.2.0.1:7777");
}

BOOST_AUTO_TEST_CASE(ASmallShareThatIsUsedUpCostsNoMoreThanItHasPorts) {
  PortFinder finder(PortShare::Numbered(500));
  int asked = 0;
  const auto none = LiveWhere([&](const FlowKey&) {
    ++asked;
    return true;
  });
  BOOST_TEST(Text(finder.Find(kLocal, 1, kTarget, none)) == "none");
  BOOST_TEST(asked < 64);
}

BOOST_AUTO_TEST_CASE(AllPortsOfAShareAreFoundAndNoOthers) {
  for (const std::uint32_t instance : {0U, 3U, 100U, 1023U}) {
    const PortShare share = PortShare::Numbered(instance);
    PortFinder finder(share);
    std::set<std::uint16_t> used;
    const auto state =
        LiveWhere([&](const FlowKey& flow) { return used.contains(flow.local.port); });
    while (const auto found = finder.Find(kLocal, 4000, kTarget, state)) {
      BOOST_REQUIRE(share.Contains(found->port));
      BOOST_REQUIRE(used.insert(found->port).second);
      if (used.size() == 3000) break;
    }
    std::size_t size = 0;
    for (std::uint32_t port = 1024; port < 65536; ++port) {
      size += share.Contains(static_cast<std::uint16_t>(port)) ? 1 : 0;
    }
    BOOST_TEST(used.size() == std::min<std::size_t>(size, 3000));
  }
}

}  // namespace
}  // namespace tcpcopy
