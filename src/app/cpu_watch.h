#pragma once

#include <functional>

#include "netstack/base/time.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Holds the process to a share of a core (--cpu-limit): finds out ten times a second whether more
/// was used than the share gives, and tells when that changes. What was not used can be used later,
/// but not much of it.
class CpuWatch final : private Timer {
 public:
  static constexpr Duration kPeriod = std::chrono::milliseconds(100);
  /// How much of the share's time can be saved up, or owed.
  static constexpr Duration kReserve = std::chrono::milliseconds(500);

  struct Events {
    std::function<Duration()> used;            // CPU time of the process until now
    std::function<void(bool over)> on_change;  // whether too much is used, from now on
  };

  /// `loop` is not owned. `percent` of one core, above 0.
  CpuWatch(EventLoop& loop, unsigned percent, Events events);
  ~CpuWatch();

  void Start();

 private:
  void OnTimer() override;
  Duration Share(Duration of) const { return of * percent_ / 100; }

  EventLoop& loop_;
  const unsigned percent_;
  const Events events_;
  Instant last_{};
  Duration used_{0};
  Duration left_{0};  // of what the share has given; negative: owed
  bool over_ = false;
};

}  // namespace tcpcopy
