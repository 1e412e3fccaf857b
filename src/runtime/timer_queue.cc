#include "src/runtime/timer_queue.h"

namespace tcpcopy {

void TimerQueue::Set(Timer& timer, Instant due) {
  if (timer.is_linked()) {
    if (timer.due_ == due) return;
    timer.unlink();
  }
  timer.due_ = due;
  if (due == kNever) return;
  timer.order_ = next_order_++;
  timers_.insert(timer);
}

void TimerQueue::Cancel(Timer& timer) { Set(timer, kNever); }

Instant TimerQueue::Next() const { return timers_.empty() ? kNever : timers_.begin()->due_; }

void TimerQueue::Expire(Instant now) {
  const std::uint64_t set_before = next_order_;
  while (!timers_.empty()) {
    Timer& timer = *timers_.begin();
    if (timer.due_ > now || timer.order_ >= set_before) return;
    timer.unlink();
    timer.OnTimer();
  }
}

}  // namespace tcpcopy
