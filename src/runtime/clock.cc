#include "src/runtime/clock.h"

namespace tcpcopy {

Instant MonotonicClock::Now() const {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

Duration TimeOfDay() {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
}

}  // namespace tcpcopy
