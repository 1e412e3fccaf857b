#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace tcpcopy {

/// Fixed-size blocks of bytes for payload, from one bounded pool: whoever buffers captured bytes
/// takes them here, so one number limits the memory of all sessions together. Not thread-safe.
class BlockPool {
 public:
  static constexpr std::size_t kBlockBytes = 2048;

  struct Block {
    Block* next = nullptr;
    std::array<std::uint8_t, kBlockBytes - sizeof(Block*)> bytes;
  };

  /// At most `max_bytes` of memory, taken from the system in chunks as they are needed and kept.
  explicit BlockPool(std::size_t max_bytes);
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// A block with `next` null, or nullptr when the bound is reached.
  Block* Take();
  /// Gives back a block taken from this pool.
  void Return(Block* block);

  std::size_t in_use() const { return in_use_; }
  std::size_t capacity() const { return capacity_; }

 private:
  static constexpr std::size_t kBlocksAChunk = 256;

  const std::size_t capacity_;  // blocks
  std::size_t in_use_ = 0;
  std::size_t allocated_ = 0;
  Block* free_ = nullptr;
  std::vector<std::unique_ptr<Block[]>> chunks_;
};

}  // namespace tcpcopy
