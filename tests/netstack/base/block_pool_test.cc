#include "netstack/base/block_pool.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <vector>

#include "netstack/base/poison.h"

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(GivesDistinctBlocksUpToItsBoundAndNoMore) {
  constexpr std::size_t kBlocks = 700;  // more than one chunk, the last one partly
  BlockPool pool(kBlocks * BlockPool::kBlockBytes);
  BOOST_TEST(pool.capacity() == kBlocks);
  std::set<BlockPool::Block*> blocks;
  while (BlockPool::Block* block = pool.Take()) {
    BOOST_TEST_REQUIRE((block->next == nullptr));
    block->bytes.back() = 1;
    BOOST_TEST_REQUIRE(blocks.insert(block).second);
  }
  BOOST_TEST(blocks.size() == kBlocks);
  BOOST_TEST(pool.in_use() == kBlocks);
}

BOOST_AUTO_TEST_CASE(AReturnedBlockIsGivenAgain) {
  BlockPool pool(BlockPool::kBlockBytes);
  BlockPool::Block* block = pool.Take();
  BOOST_TEST((pool.Take() == nullptr));
  block->next = block;
  pool.Return(block);
  BOOST_TEST(pool.in_use() == 0U);
  BOOST_TEST((pool.Take() == block));
  BOOST_TEST((block->next == nullptr));
}

BOOST_AUTO_TEST_CASE(AReturnedBlockIsPoisoned) {
  BlockPool pool(BlockPool::kBlockBytes);
  BlockPool::Block* block = pool.Take();
  BOOST_TEST(!IsPoisoned(block, sizeof(*block)));
  pool.Return(block);
  BOOST_TEST(IsPoisoned(block, 1) == kPoisoning);
  BOOST_TEST(IsPoisoned(&block->bytes.back(), 1) == kPoisoning);
}

BOOST_AUTO_TEST_CASE(ABoundBelowOneBlockIsOneBlock) {
  BlockPool pool(1);
  BOOST_TEST((pool.Take() != nullptr));
  BOOST_TEST((pool.Take() == nullptr));
}

}  // namespace
}  // namespace tcpcopy
