#include "src/runtime/timer_queue.h"

namespace tcpcopy {

void TimerQueue::Set(Timer& timer, Instant due) {
  timer.due_ = due;
  if (timer.is_linked()) {
    if (due >= timer.place_ && due != kNever) return;
    timer.unlink();
  }
  if (due == kNever) return;
  timer.order_ = next_order_++;
  Queue(timer);
}

void TimerQueue::Queue(Timer& timer) {
  timer.place_ = timer.due_;
  timers_.insert(timer);
}

void TimerQueue::Cancel(Timer& timer) { Set(timer, kNever); }

Timer* TimerQueue::First() {
  while (!timers_.empty()) {
    Timer& timer = *timers_.begin();
    if (timer.place_ == timer.due_) return &timer;
    timer.unlink();
    Queue(timer);
  }
  return nullptr;
}

Instant TimerQueue::Next() {
  const Timer* const first = First();
  return first == nullptr ? kNever : first->due_;
}

void TimerQueue::Expire(Instant now) {
  const std::uint64_t set_before = next_order_;
  while (Timer* const timer = First()) {
    if (timer->due_ > now || timer->order_ >= set_before) return;
    timer->unlink();
    timer->OnTimer();
  }
}

}  // namespace tcpcopy
