#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

#include "netstack/base/block_pool.h"
#include "netstack/base/time.h"

namespace tcpcopy {

/// Neighbouring parts of the send sequence space that left together and have fared alike.
struct SentRun {
  std::uint64_t end = 0;  // position behind it; it begins where the one before ends
  Instant first_sent{};   // of the newest transmission of each byte: the earliest ...
  Instant last_sent{};    // ... and the latest; they differ where runs had to be joined
  bool sacked = false;
  bool lost = false;  // and not sent again since
  bool retransmitted = false;

  bool IsOutstanding() const { return !sacked && !lost; }
};

/// What is in flight, and what is known of it: sent when, reported by SACK, given up as lost
/// (RFC 6675 3, RFC 8985 5.1). Positions as in `SendSequence`.
///
/// Bounded: a few runs lie inside, more of them in one block of the pool, which is given back as
/// soon as they are few again. When even that is full, neighbours are joined: times become less
/// exact, always on the side of waiting longer, and at the worst SACK information is forgotten,
/// which is advice anyway (RFC 2018 8).
class Scoreboard {
 public:
  static constexpr std::size_t kMaxRuns = sizeof(BlockPool::Block::bytes) / sizeof(SentRun);

  /// `pool` is not owned and must outlive this.
  explicit Scoreboard(BlockPool& pool) : pool_(pool) {}
  ~Scoreboard() { Clear(); }
  Scoreboard(const Scoreboard&) = delete;
  Scoreboard& operator=(const Scoreboard&) = delete;

  /// [begin, end) leaves: right behind all that is in flight, or a part of that again.
  void OnSent(std::uint64_t begin, std::uint64_t end, Instant now);

  /// Everything before `una` has arrived. `delivered(run, end)` is called in ascending order for
  /// each part that was not known to have; returns their bytes.
  template <typename Delivered>
  std::uint64_t Acknowledge(std::uint64_t una, Delivered&& delivered);
  /// [left, right), clipped to what is in flight, has arrived. As `Acknowledge`.
  template <typename Delivered>
  std::uint64_t Sack(std::uint64_t left, std::uint64_t right, Delivered&& delivered);
  /// The peer has thrown away what it had reported by SACK (RFC 2018 8).
  void ForgetSacks();

  /// Gives up each outstanding run that `is_lost(run)` says to; true when there was one.
  template <typename IsLost>
  bool MarkLostIf(IsLost&& is_lost);
  /// Gives up the first `bytes`, unless they are known to have arrived.
  bool MarkFirstLost(std::uint64_t bytes);
  /// Nothing was lost after all.
  void ForgetLosses();

  struct Range {
    std::uint64_t begin;
    std::uint64_t end;
  };
  /// The lost bytes nearest to SND.UNA, up to the next that are not.
  std::optional<Range> FirstLost() const;

  void Clear();

  bool empty() const { return count_ == 0; }
  std::uint64_t end() const { return end_; }
  std::uint64_t sacked() const { return sacked_; }  // bytes
  std::uint64_t lost() const { return lost_; }      // bytes, not sent again yet
  /// Bytes believed to be on their way (`pipe` of RFC 6675 4).
  std::uint64_t outstanding() const { return end_ - begin_ - sacked_ - lost_; }
  std::span<const SentRun> runs() const { return {runs_, count_}; }

 private:
  static constexpr std::size_t kInlineRuns = 2;

  std::uint64_t BeginOf(std::size_t index) const {
    return index == 0 ? begin_ : runs_[index - 1].end;
  }
  std::uint64_t LengthOf(std::size_t index) const { return runs_[index].end - BeginOf(index); }
  std::size_t capacity() const { return block_ == nullptr ? kInlineRuns : kMaxRuns; }

  void Append(std::uint64_t end, Instant now);
  void SendAgain(std::uint64_t begin, std::uint64_t end, Instant now);
  /// True when `more` runs fit in.
  bool MakeRoom(std::size_t more);
  bool TakeBlock();
  void JoinPairs();
  /// Joins run `index` with the one behind it; the more pessimistic of the two fates counts.
  void JoinWithNext(std::size_t index);
  /// Index of the run that begins at `position`, made so if need be (room for one is there).
  std::size_t Split(std::uint64_t position);
  void Remove(std::size_t index);
  void DropFront(std::size_t runs);
  void SetLost(std::size_t index, bool lost);

  BlockPool& pool_;
  BlockPool::Block* block_ = nullptr;
  std::uint64_t begin_ = 0;
  std::uint64_t end_ = 0;
  std::uint64_t sacked_ = 0;
  std::uint64_t lost_ = 0;
  std::array<SentRun, kInlineRuns> inline_runs_{};
  SentRun* runs_ = inline_runs_.data();
  std::uint32_t count_ = 0;
};

template <typename Delivered>
std::uint64_t Scoreboard::Acknowledge(std::uint64_t una, Delivered&& delivered) {
  std::uint64_t bytes = 0;
  std::size_t gone = 0;
  for (; gone < count_ && begin_ < una; ++gone) {
    const SentRun& run = runs_[gone];
    const std::uint64_t end = run.end < una ? run.end : una;
    const std::uint64_t length = end - begin_;
    if (run.sacked) {
      sacked_ -= length;
    } else {
      if (run.lost) lost_ -= length;
      bytes += length;
      delivered(run, end);
    }
    begin_ = end;
    if (end < run.end) break;
  }
  DropFront(gone);
  if (count_ == 0 && begin_ < una) begin_ = end_ = una;
  return bytes;
}

template <typename Delivered>
std::uint64_t Scoreboard::Sack(std::uint64_t left, std::uint64_t right, Delivered&& delivered) {
  if (left < begin_) left = begin_;
  if (right > end_) right = end_;
  if (left >= right || !MakeRoom(2)) return 0;
  std::uint64_t bytes = 0;
  const std::size_t first = Split(left);
  Split(right);
  for (std::size_t i = first; i < count_ && BeginOf(i) < right; ++i) {
    if (runs_[i].sacked) continue;
    const std::uint64_t length = LengthOf(i);
    delivered(runs_[i], runs_[i].end);
    SetLost(i, false);
    runs_[i].sacked = true;
    sacked_ += length;
    bytes += length;
  }
  for (std::size_t i = count_; i-- > 1;) {  // what has arrived needs no times
    if (runs_[i].sacked && runs_[i - 1].sacked) JoinWithNext(i - 1);
  }
  return bytes;
}

template <typename IsLost>
bool Scoreboard::MarkLostIf(IsLost&& is_lost) {
  const std::uint64_t before = lost_;
  for (std::size_t i = 0; i < count_; ++i) {
    if (runs_[i].IsOutstanding() && is_lost(runs_[i])) SetLost(i, true);
  }
  return lost_ != before;
}

}  // namespace tcpcopy
