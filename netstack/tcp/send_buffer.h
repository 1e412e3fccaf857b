#pragma once

#include <cstdint>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"

namespace tcpcopy {

/// The bytes of a stream that may still have to be sent (again): a FIFO in blocks of a pool.
/// Offsets count from the first byte ever appended, so they stay valid while the front is released.
class SendBuffer {
 public:
  /// `pool` is not owned and must outlive the buffer.
  explicit SendBuffer(BlockPool& pool) : pool_(pool) {}
  ~SendBuffer() { Clear(); }
  SendBuffer(const SendBuffer&) = delete;
  SendBuffer& operator=(const SendBuffer&) = delete;

  /// Copies `bytes` behind the last ones. All or nothing: false when the pool has not enough
  /// blocks.
  bool Append(ConstBytes bytes);
  /// Fills `out` with the bytes from `offset` on; all of them must be held. Cheap when offsets
  /// ascend, and near the front.
  void CopyOut(std::uint64_t offset, MutableBytes out) const;
  /// How many of `bytes`, which belong at `offset`, are held with another value. What is not held,
  /// or lies farther than `kFarthestCompared` inside, is not compared.
  std::uint64_t CountDifferentAt(std::uint64_t offset, ConstBytes bytes) const;
  /// Gives the bytes before `offset` back to the pool; `offset` must not be beyond `appended()`.
  void ReleaseUpTo(std::uint64_t offset);
  /// Gives the bytes from `offset` on back; `offset` must be in [released(), appended()].
  void Truncate(std::uint64_t offset);
  void Clear() { ReleaseUpTo(appended_); }

  std::uint64_t released() const { return released_; }  // offset of the first byte held
  std::uint64_t appended() const { return appended_; }  // offset behind the last byte held
  std::uint64_t size() const { return appended_ - released_; }

 private:
  using Block = BlockPool::Block;

  /// What a comparison may walk: no capture can make each packet cost a walk through all of it.
  static constexpr std::uint64_t kFarthestCompared = 1U << 20;

  /// Room behind the last byte in the last block.
  std::size_t TailRoom() const;
  Block* FindBlock(std::uint64_t offset, std::uint64_t* block_offset) const;
  void ReturnChain(Block* first);

  BlockPool& pool_;
  Block* head_ = nullptr;
  Block* tail_ = nullptr;
  std::uint64_t head_offset_ = 0;  // offset of the head block's first byte
  std::uint64_t released_ = 0;
  std::uint64_t appended_ = 0;
  // Where the last CopyOut ended: sending goes forward through buffers of many blocks.
  mutable Block* cursor_ = nullptr;
  mutable std::uint64_t cursor_offset_ = 0;
};

}  // namespace tcpcopy
