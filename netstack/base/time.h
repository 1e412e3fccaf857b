#pragma once

#include <chrono>

namespace tcpcopy {

/// A span of time, in nanoseconds.
using Duration = std::chrono::nanoseconds;

/// Tags the project's own time line. It has no `now()` on purpose: time enters only through
/// `runtime::Clock`, so the same code runs on real and on virtual time.
struct Timeline {
  using rep = Duration::rep;
  using period = Duration::period;
  using duration = Duration;
  using time_point = std::chrono::time_point<Timeline>;
  static constexpr bool is_steady = true;
};

/// A moment on the process's time line; only differences mean anything.
using Instant = std::chrono::time_point<Timeline, Duration>;

/// Later than everything: the deadline of one who waits without any.
inline constexpr Instant kNever = Instant::max();

}  // namespace tcpcopy
