#include "netstack/base/block_pool.h"

#include <algorithm>

#include "netstack/base/check.h"
#include "netstack/base/poison.h"

namespace tcpcopy {

BlockPool::BlockPool(std::size_t max_bytes)
    : capacity_(std::max<std::size_t>(1, max_bytes / kBlockBytes)) {}

BlockPool::Block* BlockPool::Take() {
  if (free_ == nullptr) {
    const std::size_t count = std::min(kBlocksAChunk, capacity_ - allocated_);
    if (count == 0) return nullptr;
    // Not value-initialized: the pages stay untouched until they are used.
    chunks_.push_back(std::unique_ptr<Block[]>(new Block[count]));
    allocated_ += count;
    for (std::size_t i = count; i-- > 0;) {
      Block& block = chunks_.back()[i];
      block.next = free_;
      free_ = &block;
      Poison(&block, sizeof(block));
    }
  }
  Block* block = free_;
  Unpoison(block, sizeof(*block));
  free_ = block->next;
  block->next = nullptr;
  ++in_use_;
  return block;
}

void BlockPool::Return(Block* block) {
  TCPCOPY_CHECK(block != nullptr && in_use_ > 0);
  block->next = free_;
  free_ = block;
  Poison(block, sizeof(*block));
  --in_use_;
}

}  // namespace tcpcopy
