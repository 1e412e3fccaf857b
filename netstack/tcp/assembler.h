#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "netstack/wire/seq_num.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// Which ranges of the peer's stream have come ahead of RCV.NXT. Ranges only: received bytes are
/// counted and not kept. Bounded; when full, the range farthest from RCV.NXT is forgotten, as its
/// bytes will be asked for last.
///
/// All numbers must lie within half the circle of each other; windows are smaller than that.
class Assembler {
 public:
  static constexpr std::size_t kMaxRanges = 12;

  /// Records [left, right), `left` < `right`, merged with the ranges that it touches.
  void Insert(SeqNum left, SeqNum right);
  /// Forgets what lies before `next` and returns how far the stream is in order from there.
  SeqNum Advance(SeqNum next);

  /// Disjoint, not adjacent; the most recently changed first, as SACK wants them (RFC 2018 4).
  std::span<const SackBlock> ranges() const { return {ranges_.data(), count_}; }
  bool empty() const { return count_ == 0; }

 private:
  void Remove(std::size_t index);

  std::array<SackBlock, kMaxRanges> ranges_{};
  std::uint8_t count_ = 0;
};

}  // namespace tcpcopy
