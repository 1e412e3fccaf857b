#pragma once

#include <boost/intrusive/set.hpp>
#include <cstdint>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"

namespace tcpcopy {

/// Captured client bytes that came before their time: behind a hole in the stream. Of each byte the
/// first copy is kept. Pieces of up to a block, none overlapping another, ordered by stream offset;
/// O(log n) to find one. Bounded by `kMaxPieces` and by the pool.
class HeldSegments {
 public:
  static constexpr std::uint32_t kMaxPieces = 1024;  // about 2 MB a session
  static constexpr std::uint64_t kNowhere = ~std::uint64_t{0};

  /// `pool` is not owned and must outlive this.
  explicit HeldSegments(BlockPool& pool) : pool_(pool) {}
  ~HeldSegments();
  HeldSegments(const HeldSegments&) = delete;
  HeldSegments& operator=(const HeldSegments&) = delete;

  struct Kept {
    std::uint64_t until = 0;        // the bytes before this stream offset are held
    std::uint64_t conflicting = 0;  // those that were held already, with another value
  };
  /// Keeps a copy of `bytes`, which begin at `offset` and were sent when the client had seen
  /// `answered` response bytes. Stops where a bound is reached: `full()`, or else the pool's.
  Kept Hold(std::uint64_t offset, std::uint64_t answered, ConstBytes bytes);

  struct Piece {
    ConstBytes bytes;  // valid until the piece is dropped
    std::uint64_t answered = 0;
  };
  /// The part from `offset` on of the piece that covers `offset`, pieces wholly before it dropped;
  /// an empty `bytes` when there is a hole at `offset`.
  Piece At(std::uint64_t offset);

  bool empty() const { return nodes_.empty(); }
  bool full() const { return nodes_.size() == kMaxPieces; }
  /// Stream offset of the first byte held; `kNowhere` when there is none.
  std::uint64_t first() const { return empty() ? kNowhere : nodes_.begin()->offset; }
  /// Stream offset behind the last byte held; 0 when there is none.
  std::uint64_t end() const { return empty() ? 0 : nodes_.rbegin()->end(); }

 private:
  using Hook =
      boost::intrusive::set_base_hook<boost::intrusive::link_mode<boost::intrusive::normal_link>>;

  /// Lies at the front of its block; its bytes follow.
  struct Node : Hook {
    BlockPool::Block* block = nullptr;
    std::uint64_t offset = 0;
    std::uint64_t answered = 0;
    std::size_t length = 0;

    std::uint64_t end() const { return offset + length; }
    ConstBytes bytes() const;
  };
  struct OffsetOf {
    using type = std::uint64_t;
    const std::uint64_t& operator()(const Node& node) const { return node.offset; }
  };
  using Nodes = boost::intrusive::set<Node, boost::intrusive::key_of_value<OffsetOf>>;

  static constexpr std::size_t kPieceBytes = sizeof(BlockPool::Block::bytes) - sizeof(Node);

  std::size_t Keep(Nodes::iterator next, std::uint64_t offset, std::uint64_t answered,
                   ConstBytes bytes);
  void DropFront();

  BlockPool& pool_;
  Nodes nodes_;
};

}  // namespace tcpcopy
