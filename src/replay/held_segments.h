#pragma once

#include <cstdint>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"

namespace tcpcopy {

/// Captured client bytes that came before their time: behind a hole in the stream. Pieces of up to
/// a block, sorted by stream offset. Bounded by `kMaxPieces` and by the pool.
class HeldSegments {
 public:
  static constexpr std::uint32_t kMaxPieces = 1024;  // about 2 MB a session

  /// `pool` is not owned and must outlive this.
  explicit HeldSegments(BlockPool& pool) : pool_(pool) {}
  ~HeldSegments();
  HeldSegments(const HeldSegments&) = delete;
  HeldSegments& operator=(const HeldSegments&) = delete;

  /// Keeps a copy of `bytes`, which begin at `offset` and were sent when the client had seen
  /// `answered` response bytes. False when a bound is reached; then what fitted is kept.
  bool Hold(std::uint64_t offset, std::uint64_t answered, ConstBytes bytes);

  struct Piece {
    ConstBytes bytes;  // valid until the piece is dropped
    std::uint64_t answered = 0;
  };
  /// The part from `offset` on of the first piece that covers `offset`, pieces wholly before it
  /// dropped; an empty `bytes` when there is a hole at `offset`.
  Piece At(std::uint64_t offset);

  bool empty() const { return head_ == nullptr; }

 private:
  void DropFront();

  BlockPool& pool_;
  BlockPool::Block* head_ = nullptr;
  std::uint32_t pieces_ = 0;
};

}  // namespace tcpcopy
