#include "src/runtime/event_loop.h"

#include <algorithm>

namespace tcpcopy {

EventLoop::EventLoop(const Clock& clock, Driver& driver)
    : clock_(clock), driver_(driver), now_(clock.Now()) {}

void EventLoop::Post(Runnable& runnable) {
  if (!runnable.is_linked()) ready_.push_back(runnable);
}

void EventLoop::PostLast(Runnable& runnable) {
  if (!runnable.is_linked()) last_.push_back(runnable);
}

void EventLoop::Run() {
  while (!stopped_) RunOnce();
}

void EventLoop::RunOnce(Instant latest) {
  now_ = clock_.Now();
  timers_.Expire(now_);
  // Only what is queued now: what it posts has its turn after the next look at the outside world.
  RunAll(ready_);
  RunAll(last_);
  if (stopped_) return;
  const bool idle = ready_.empty() && last_.empty();
  driver_.Wait(idle ? std::min(timers_.Next(), latest) : now_);
}

void EventLoop::RunAll(ReadyQueue& queue) {
  ReadyQueue batch;
  batch.swap(queue);
  while (!batch.empty()) {
    Runnable& runnable = batch.front();
    runnable.unlink();
    runnable.Run();
  }
}

}  // namespace tcpcopy
