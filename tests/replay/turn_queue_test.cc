#include "src/replay/turn_queue.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(IsFirstInFirstOutOverManyBlocks) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  TurnQueue queue(pool);
  for (std::uint64_t i = 0; i < 1000; ++i) BOOST_REQUIRE(queue.PushBack({i, i * 2}));
  for (std::uint64_t i = 0; i < 1000; ++i) {
    BOOST_REQUIRE_EQUAL(queue.front().end, i);
    BOOST_REQUIRE_EQUAL(queue.front().answered, i * 2);
    queue.PopFront();
  }
  BOOST_TEST(queue.empty());
}

BOOST_AUTO_TEST_CASE(AnEmptyQueueHoldsNoMemory) {
  BlockPool pool(4 * BlockPool::kBlockBytes);
  TurnQueue queue(pool);
  for (int round = 0; round < 1000; ++round) {
    BOOST_REQUIRE(queue.PushBack({1, 1}));
    queue.PopFront();
    BOOST_REQUIRE_EQUAL(pool.in_use(), 0U);
  }
}

BOOST_AUTO_TEST_CASE(GivesItsBlocksBackWhenDestroyed) {
  BlockPool pool(8 * BlockPool::kBlockBytes);
  {
    TurnQueue queue(pool);
    for (std::uint64_t i = 0; i < 500; ++i) BOOST_REQUIRE(queue.PushBack({i, i}));
    BOOST_TEST(pool.in_use() > 1U);
  }
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(AnEmptyPoolRefusesAndLosesNothing) {
  BlockPool pool(BlockPool::kBlockBytes);
  TurnQueue queue(pool);
  std::uint64_t pushed = 0;
  while (queue.PushBack({pushed, 0})) ++pushed;
  BOOST_TEST(queue.size() == pushed);
  BOOST_TEST(queue.front().end == 0U);
}

}  // namespace
}  // namespace tcpcopy
