#include "netstack/tcp/scoreboard.h"

#include <algorithm>
#include <new>

#include "netstack/base/check.h"

namespace tcpcopy {

// --- Sending ---

void Scoreboard::OnSent(std::uint64_t begin, std::uint64_t end, Instant now) {
  TCPCOPY_CHECK(begin < end);
  if (count_ == 0) begin_ = end_ = begin;
  TCPCOPY_CHECK(begin >= begin_ && begin <= end_);
  if (begin < end_) SendAgain(begin, std::min(end, end_), now);
  if (end > end_) Append(end, now);
}

void Scoreboard::Append(std::uint64_t end, Instant now) {
  if (count_ > 0) {
    SentRun* last = &runs_[count_ - 1];
    const bool alike = last->IsOutstanding() && !last->retransmitted && last->last_sent == now;
    if (!alike && !MakeRoom(1)) {  // no memory
      if (!last->IsOutstanding()) JoinWithNext(count_ - 2);
      last = &runs_[count_ - 1];
    }
    if (alike || count_ == capacity()) {
      last->end = end_ = end;
      last->last_sent = now;
      return;
    }
  }
  runs_[count_++] = {.end = end, .first_sent = now, .last_sent = now};
  end_ = end;
}

void Scoreboard::SendAgain(std::uint64_t begin, std::uint64_t end, Instant now) {
  std::size_t first = 0;
  if (MakeRoom(2)) {
    first = Split(begin);
    Split(end);
  } else {
    while (runs_[first].end <= begin) ++first;  // no memory: the whole runs count as sent again
  }
  for (std::size_t i = first; i < count_ && BeginOf(i) < end; ++i) {
    if (runs_[i].sacked) continue;
    SetLost(i, false);
    runs_[i].retransmitted = true;
    runs_[i].first_sent = runs_[i].last_sent = now;
  }
  // One burst of retransmissions is one run.
  if (first > 0 && runs_[first - 1].IsOutstanding() && runs_[first].IsOutstanding() &&
      runs_[first - 1].retransmitted && runs_[first - 1].last_sent == now) {
    JoinWithNext(first - 1);
  }
}

// --- Fates ---

void Scoreboard::SetLost(std::size_t index, bool lost) {
  if (runs_[index].lost == lost) return;
  runs_[index].lost = lost;
  const std::uint64_t length = LengthOf(index);
  lost_ = lost ? lost_ + length : lost_ - length;
}

bool Scoreboard::MarkFirstLost(std::uint64_t bytes) {
  if (count_ == 0 || !runs_[0].IsOutstanding()) return false;
  if (begin_ + bytes < runs_[0].end && MakeRoom(1)) Split(begin_ + bytes);
  SetLost(0, true);
  return true;
}

void Scoreboard::ForgetSacks() {
  for (SentRun& run : std::span<SentRun>(runs_, count_)) run.sacked = false;
  sacked_ = 0;
}

void Scoreboard::ForgetLosses() {
  for (SentRun& run : std::span<SentRun>(runs_, count_)) run.lost = false;
  lost_ = 0;
}

std::optional<Scoreboard::Range> Scoreboard::FirstLost() const {
  if (lost_ == 0) return std::nullopt;
  std::size_t first = 0;
  while (!runs_[first].lost) ++first;
  std::size_t last = first;
  while (last + 1 < count_ && runs_[last + 1].lost) ++last;
  return Range{BeginOf(first), runs_[last].end};
}

// --- Room ---

bool Scoreboard::MakeRoom(std::size_t more) {
  if (count_ + more <= capacity()) return true;
  if (block_ == nullptr) return TakeBlock();
  JoinPairs();
  while (count_ + more > capacity()) JoinWithNext(count_ - 2);
  return true;
}

bool Scoreboard::TakeBlock() {
  block_ = pool_.Take();
  if (block_ == nullptr) return false;
  static_assert(offsetof(BlockPool::Block, bytes) % alignof(SentRun) == 0);
  auto* runs = new (block_->bytes.data()) SentRun[kMaxRuns];
  std::copy_n(runs_, count_, runs);
  runs_ = runs;
  return true;
}

void Scoreboard::JoinPairs() {
  for (std::size_t i = 0; i + 1 < count_; ++i) {
    const SentRun& run = runs_[i];
    const SentRun& next = runs_[i + 1];
    if (run.sacked == next.sacked && run.lost == next.lost) JoinWithNext(i);
  }
}

void Scoreboard::JoinWithNext(std::size_t index) {
  SentRun& run = runs_[index];
  SentRun& next = runs_[index + 1];
  if (run.sacked != next.sacked) {
    sacked_ -= run.sacked ? LengthOf(index) : LengthOf(index + 1);
    run.sacked = next.sacked = false;
  }
  if (run.lost != next.lost) {
    SetLost(index, true);
    SetLost(index + 1, true);
  }
  run.end = next.end;
  run.first_sent = std::min(run.first_sent, next.first_sent);
  run.last_sent = std::max(run.last_sent, next.last_sent);
  run.retransmitted = run.retransmitted || next.retransmitted;
  Remove(index + 1);
}

std::size_t Scoreboard::Split(std::uint64_t position) {
  std::size_t index = 0;
  while (index < count_ && runs_[index].end <= position) ++index;
  if (index == count_ || BeginOf(index) == position) return index;
  TCPCOPY_CHECK(count_ < capacity());
  std::copy_backward(runs_ + index, runs_ + count_, runs_ + count_ + 1);
  ++count_;
  runs_[index].end = position;
  return index + 1;
}

void Scoreboard::Remove(std::size_t index) {
  std::copy(runs_ + index + 1, runs_ + count_, runs_ + index);
  --count_;
}

void Scoreboard::DropFront(std::size_t runs) {
  std::copy(runs_ + runs, runs_ + count_, runs_);
  count_ -= static_cast<std::uint32_t>(runs);
  if (block_ == nullptr || count_ > kInlineRuns) return;
  std::copy_n(runs_, count_, inline_runs_.data());
  runs_ = inline_runs_.data();
  pool_.Return(block_);
  block_ = nullptr;
}

void Scoreboard::Clear() {
  count_ = 0;
  begin_ = end_;
  sacked_ = lost_ = 0;
  DropFront(0);
}

}  // namespace tcpcopy
