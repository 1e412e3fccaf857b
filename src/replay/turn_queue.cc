#include "src/replay/turn_queue.h"

#include <cstring>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kTurnsABlock = sizeof(BlockPool::Block::bytes) / sizeof(Turn);

std::uint8_t* Place(BlockPool::Block* block, std::size_t index) {
  return block->bytes.data() + index * sizeof(Turn);
}

}  // namespace

TurnQueue::~TurnQueue() {
  while (head_ != nullptr) {
    BlockPool::Block* next = head_->next;
    pool_.Return(head_);
    head_ = next;
  }
}

bool TurnQueue::PushBack(const Turn& turn) {
  if (tail_ == nullptr || tail_index_ == kTurnsABlock) {
    BlockPool::Block* block = pool_.Take();
    if (block == nullptr) return false;
    if (tail_ == nullptr) {
      head_ = block;
      head_index_ = 0;
    } else {
      tail_->next = block;
    }
    tail_ = block;
    tail_index_ = 0;
  }
  std::memcpy(Place(tail_, tail_index_), &turn, sizeof(turn));
  ++tail_index_;
  ++size_;
  return true;
}

Turn TurnQueue::front() const {
  TCPCOPY_CHECK(size_ > 0);
  Turn turn;
  std::memcpy(&turn, Place(head_, head_index_), sizeof(turn));
  return turn;
}

void TurnQueue::PopFront() {
  TCPCOPY_CHECK(size_ > 0);
  --size_;
  ++head_index_;
  if (size_ > 0 && head_index_ < kTurnsABlock) return;
  BlockPool::Block* next = head_->next;
  pool_.Return(head_);
  head_ = next;
  head_index_ = 0;
  if (head_ == nullptr) tail_ = nullptr;
}

}  // namespace tcpcopy
