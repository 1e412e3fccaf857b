#include "src/runtime/clock.h"

#include <time.h>

namespace tcpcopy {

Instant MonotonicClock::Now() const {
  return Instant(std::chrono::steady_clock::now().time_since_epoch());
}

Duration TimeOfDay() {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch());
}

Duration ProcessCpuTime() {
  timespec used{};
  ::clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &used);
  return std::chrono::seconds(used.tv_sec) + std::chrono::nanoseconds(used.tv_nsec);
}

}  // namespace tcpcopy
