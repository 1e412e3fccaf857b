#pragma once

#include "src/runtime/clock.h"
#include "src/runtime/driver.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy::testing {

/// Nothing ever happens: the base of drivers for virtual time.
struct IdleDriver : Driver {
  void Watch(int, ReadableHandler&) override {}
  void Unwatch(int) override {}
  void WatchWritable(int, WritableHandler&) override {}
  void UnwatchWritable(int) override {}
  void Wait(Instant) override {}
};

/// Waiting moves the clock to the end of the wait at once.
struct JumpingDriver : IdleDriver {
  explicit JumpingDriver(VirtualClock& virtual_clock) : clock(virtual_clock) {}
  void Wait(Instant until) override {
    if (until != kNever) clock.AdvanceTo(until);
  }
  VirtualClock& clock;
};

/// Turns of a loop with a JumpingDriver until it is `end`, and what is due then has come.
inline void PassUntil(EventLoop& loop, Instant end) {
  do {
    loop.RunOnce(end);
  } while (loop.Now() < end);
}

}  // namespace tcpcopy::testing
