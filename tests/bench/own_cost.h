#pragma once

#include <cstdint>

#include "netstack/base/time.h"
#include "src/runtime/clock.h"

namespace tcpcopy::bench {

/// What this process has cost since this was made.
class OwnCost {
 public:
  OwnCost();

  /// Prints, as one JSON object: `packets`, `seconds` that passed, and of CPU `user` and `system`.
  void Print(std::uint64_t packets) const;

 private:
  const MonotonicClock clock_;
  const Instant began_;
  const double user_;  // seconds of CPU
  const double system_;
};

}  // namespace tcpcopy::bench
