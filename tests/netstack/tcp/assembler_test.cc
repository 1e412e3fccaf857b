#include "netstack/tcp/assembler.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

constexpr SeqNum At(std::uint32_t offset) { return SeqNum(0xfffffe00U + offset); }

BOOST_AUTO_TEST_CASE(MostRecentFirst) {  // RFC 2018 4
  Assembler assembler;
  assembler.Insert(At(100), At(200));
  assembler.Insert(At(500), At(600));
  assembler.Insert(At(300), At(400));
  BOOST_TEST(assembler.ranges().size() == 3U);
  BOOST_TEST((assembler.ranges()[0] == SackBlock{At(300), At(400)}));
  BOOST_TEST((assembler.ranges()[1] == SackBlock{At(500), At(600)}));
  assembler.Insert(At(600), At(700));  // grows, and is the most recent again
  BOOST_TEST((assembler.ranges()[0] == SackBlock{At(500), At(700)}));
  BOOST_TEST((assembler.ranges()[1] == SackBlock{At(300), At(400)}));
}

BOOST_AUTO_TEST_CASE(TouchingRangesBecomeOne) {
  Assembler assembler;
  assembler.Insert(At(100), At(200));
  assembler.Insert(At(300), At(400));
  assembler.Insert(At(200), At(300));
  BOOST_TEST(assembler.ranges().size() == 1U);
  BOOST_TEST((assembler.ranges()[0] == SackBlock{At(100), At(400)}));
  assembler.Insert(At(150), At(250));
  BOOST_TEST((assembler.ranges()[0] == SackBlock{At(100), At(400)}));
  assembler.Insert(At(50), At(500));
  BOOST_TEST((assembler.ranges()[0] == SackBlock{At(50), At(500)}));
}

BOOST_AUTO_TEST_CASE(AdvanceSwallowsWhatItReaches) {
  Assembler assembler;
  assembler.Insert(At(100), At(200));
  assembler.Insert(At(300), At(400));
  BOOST_TEST((assembler.Advance(At(50)) == At(50)));
  BOOST_TEST((assembler.Advance(At(100)) == At(200)));
  BOOST_TEST((assembler.Advance(At(350)) == At(400)));
  BOOST_TEST(assembler.empty());
  assembler.Insert(At(500), At(600));
  BOOST_TEST((assembler.Advance(At(1000)) == At(1000)));
  BOOST_TEST(assembler.empty());
}

BOOST_AUTO_TEST_CASE(WhenFullTheFarthestIsForgotten) {
  Assembler assembler;
  for (std::uint32_t i = 1; i <= Assembler::kMaxRanges; ++i) {
    assembler.Insert(At(100 * i), At(100 * i + 50));
  }
  assembler.Insert(At(100 * 50), At(100 * 50 + 50));  // the farthest itself
  BOOST_TEST((assembler.ranges()[0] ==
              SackBlock{At(100 * Assembler::kMaxRanges), At(100 * Assembler::kMaxRanges + 50)}));
  assembler.Insert(At(10), At(20));
  BOOST_TEST(assembler.ranges().size() == Assembler::kMaxRanges);
  BOOST_TEST((assembler.ranges()[0] == SackBlock{At(10), At(20)}));
  for (const SackBlock& range : assembler.ranges()) {
    BOOST_TEST((range.left < At(100 * Assembler::kMaxRanges)));
  }
}

BOOST_AUTO_TEST_CASE(AgreesWithASetOfNumbers) {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Prng prng(seed);
    Assembler assembler;
    std::set<std::uint32_t> held;  // few and wide enough never to overflow the bound
    std::uint32_t next = 0;
    for (int step = 0; step < 200; ++step) {
      if (prng.Below(4) > 0) {
        const auto left = next + 1 + static_cast<std::uint32_t>(prng.Below(20));
        const auto right = left + 1 + static_cast<std::uint32_t>(prng.Below(4));
        assembler.Insert(At(left), At(right));
        for (std::uint32_t i = left; i < right; ++i) held.insert(i);
      } else {
        next += static_cast<std::uint32_t>(prng.Below(4));
        const SeqNum in_order = assembler.Advance(At(next));
        while (held.count(next) > 0) ++next;
        held.erase(held.begin(), held.lower_bound(next));
        BOOST_REQUIRE((in_order == At(next)));
      }
      std::size_t total = 0;
      for (const SackBlock& range : assembler.ranges()) {
        for (SeqNum i = range.left; i < range.right; i += 1, ++total) {
          BOOST_REQUIRE(held.count(static_cast<std::uint32_t>(i - At(0))) == 1U);
        }
      }
      BOOST_REQUIRE(total == held.size());
    }
  }
}

}  // namespace
}  // namespace tcpcopy
