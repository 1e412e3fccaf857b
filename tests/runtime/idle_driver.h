#pragma once

#include "src/runtime/clock.h"
#include "src/runtime/driver.h"

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

}  // namespace tcpcopy::testing
