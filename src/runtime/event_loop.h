#pragma once

#include <boost/intrusive/list.hpp>

#include "src/runtime/clock.h"
#include "src/runtime/driver.h"
#include "src/runtime/runnable.h"
#include "src/runtime/timer_queue.h"

namespace tcpcopy {

/// The single thread's order of things: expire timers, run what was posted, wait. Nothing else ever
/// resumes a coroutine (GCC's symmetric transfer overflows the stack in unoptimized builds).
class EventLoop {
 public:
  /// `clock` and `driver` are not owned and must outlive the loop.
  EventLoop(const Clock& clock, Driver& driver);

  /// Queues `runnable` behind those posted before it; no effect when it is queued already.
  void Post(Runnable& runnable);
  /// Queues `runnable` for the end of this turn: behind all that is ready, before the driver is
  /// given what was queued meanwhile. For those who send what a whole turn has gathered.
  void PostLast(Runnable& runnable);

  TimerQueue& timers() { return timers_; }
  Driver& driver() { return driver_; }
  /// The time at the start of this turn of the loop: one clock read a turn, the same for all.
  Instant Now() const { return now_; }

  /// Turns until `Stop` is called.
  void Run();
  /// One turn; waits for nothing later than `latest`.
  void RunOnce(Instant latest = kNever);
  void Stop() { stopped_ = true; }

 private:
  using ReadyQueue = boost::intrusive::list<Runnable, boost::intrusive::constant_time_size<false>>;

  static void RunAll(ReadyQueue& queue);

  const Clock& clock_;
  Driver& driver_;
  TimerQueue timers_;
  ReadyQueue ready_;
  ReadyQueue last_;
  Instant now_;
  bool stopped_ = false;
};

}  // namespace tcpcopy
