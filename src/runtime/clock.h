#pragma once

#include "netstack/base/time.h"

namespace tcpcopy {

/// The only way by which time enters the program.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual Instant Now() const = 0;
};

/// The kernel's CLOCK_MONOTONIC.
class MonotonicClock final : public Clock {
 public:
  Instant Now() const override;
};

/// The time of day, since the Unix epoch, for lines that people read. It may jump, so nothing is
/// decided by it.
Duration TimeOfDay();

/// CPU time that this process has used, in all of its threads and for it in the kernel.
Duration ProcessCpuTime();

/// Stands still until it is told to move: for tests and simulations.
class VirtualClock final : public Clock {
 public:
  Instant Now() const override { return now_; }
  void AdvanceTo(Instant now) { now_ = now > now_ ? now : now_; }
  void Advance(Duration by) { now_ += by; }

 private:
  Instant now_{};
};

}  // namespace tcpcopy
