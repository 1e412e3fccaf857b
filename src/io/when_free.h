#pragma once

#include <functional>
#include <thread>

#include "netstack/base/time.h"

namespace tcpcopy {

/// Calls `attempt`, which returns a Result with an IoError, until it brings anything else than a
/// busy one, for a second at most, and returns that. For use at the start, as it blocks: the kernel
/// takes apart what a killed program waited for with io_uring some moments after the program's end,
/// and whoever starts it anew at once finds its ports and queues in use.
template <typename Attempt>
auto WhenFree(
    Attempt attempt, const std::function<void(Duration)>& pause = [](Duration time) {
      std::this_thread::sleep_for(time);
    }) {
  constexpr Duration kPause = std::chrono::milliseconds(20);
  constexpr int kPauses = 50;
  for (int pauses = 0;; ++pauses) {
    auto result = attempt();
    if (result || !result.error().busy || pauses == kPauses) return result;
    pause(kPause);
  }
}

}  // namespace tcpcopy
