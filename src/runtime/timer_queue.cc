#include "src/runtime/timer_queue.h"

#include <algorithm>
#include <bit>
#include <iterator>

namespace tcpcopy {

void TimerQueue::Set(Timer& timer, Instant due) {
  timer.due_ = due;
  if (timer.is_linked()) {
    if (due >= timer.place_ && due != kNever) return;
    timer.unlink();
  }
  if (due == kNever) return;
  timer.order_ = next_order_++;
  Place(timer);
}

void TimerQueue::Cancel(Timer& timer) { Set(timer, kNever); }

void TimerQueue::Place(Timer& timer) {
  timer.place_ = timer.due_;
  const Tick tick = TickOf(timer.due_);
  if (tick <= tick_) return PlaceNear(timer);
  const auto differs = static_cast<std::uint64_t>(tick ^ tick_);
  const int level = (63 - std::countl_zero(differs)) / kSlotBits;
  const int number = static_cast<int>(tick >> (level * kSlotBits)) & (kSlots - 1);
  Level& one = levels_[static_cast<std::size_t>(level)];
  one.slots[static_cast<std::size_t>(number)].push_back(timer);
  one.used |= std::uint64_t{1} << number;
}

/// From behind, because mostly it belongs there.
void TimerQueue::PlaceNear(Timer& timer) {
  auto before = near_.end();
  while (before != near_.begin() && IsEarlier(timer, *std::prev(before))) --before;
  near_.insert(before, timer);
}

/// Of lower levels all slots come before those of higher ones.
TimerQueue::Slot TimerQueue::NextSlot() {
  for (int level = 0; level < kLevels; ++level) {
    Level& one = levels_[static_cast<std::size_t>(level)];
    while (one.used != 0) {
      const int number = std::countr_zero(one.used);
      if (!one.slots[static_cast<std::size_t>(number)].empty()) {
        const int shift = level * kSlotBits;
        const Tick above = tick_ >> (shift + kSlotBits) << (shift + kSlotBits);
        return {level, number, above | (Tick{number} << shift)};
      }
      one.used &= one.used - 1;
    }
  }
  return {};
}

Instant TimerQueue::Next() {
  if (const Timer* const first = FirstNear()) return first->due_;
  const Slot slot = NextSlot();
  return slot.level == kLevels ? kNever : Instant(Duration(slot.begin << kTickBits));
}

void TimerQueue::TurnTo(Tick tick) {
  while (tick_ < tick) {
    const Slot slot = NextSlot();
    if (slot.level == kLevels || slot.begin > tick) break;
    tick_ = slot.begin;
    Empty(slot);
  }
  tick_ = std::max(tick_, tick);
}

/// What is in a slot whose time begins goes to lower levels, or is near.
void TimerQueue::Empty(const Slot& slot) {
  Level& level = levels_[static_cast<std::size_t>(slot.level)];
  Timers timers;
  timers.swap(level.slots[static_cast<std::size_t>(slot.number)]);
  level.used &= ~(std::uint64_t{1} << slot.number);
  timers.sort(IsEarlier);  // so that each finds its place near at the end
  while (!timers.empty()) {
    Timer& timer = timers.front();
    timer.unlink();
    Place(timer);
  }
}

/// The earliest that is near, if any, brought to where it belongs.
Timer* TimerQueue::FirstNear() {
  while (!near_.empty()) {
    Timer& timer = near_.front();
    if (timer.place_ == timer.due_) return &timer;
    timer.unlink();
    Place(timer);
  }
  return nullptr;
}

void TimerQueue::Expire(Instant now) {
  const std::uint64_t set_before = next_order_;
  TurnTo(TickOf(now));
  while (Timer* const timer = FirstNear()) {
    if (timer->due_ > now || timer->order_ >= set_before) return;
    timer->unlink();
    timer->OnTimer();
  }
}

}  // namespace tcpcopy
