#pragma once

#include <cstdint>

#include "netstack/base/block_pool.h"

namespace tcpcopy {

/// A client turn: what the captured client said without having seen more of an answer in between.
struct Turn {
  std::uint64_t end = 0;       // stream offset behind its last byte
  std::uint64_t answered = 0;  // response bytes that production had given before it
};

/// FIFO of turns in pooled blocks; an empty one holds no memory. Bounded by its pool.
class TurnQueue {
 public:
  /// `pool` is not owned and must outlive the queue.
  explicit TurnQueue(BlockPool& pool) : pool_(pool) {}
  ~TurnQueue();
  TurnQueue(const TurnQueue&) = delete;
  TurnQueue& operator=(const TurnQueue&) = delete;

  /// False when the pool has no block left.
  bool PushBack(const Turn& turn);
  /// The queue must not be empty.
  Turn front() const;
  void PopFront();

  bool empty() const { return size_ == 0; }
  std::uint64_t size() const { return size_; }

 private:
  BlockPool& pool_;
  BlockPool::Block* head_ = nullptr;
  BlockPool::Block* tail_ = nullptr;
  std::uint16_t head_index_ = 0;  // of the front, within head_
  std::uint16_t tail_index_ = 0;  // behind the last, within tail_
  std::uint64_t size_ = 0;
};

}  // namespace tcpcopy
