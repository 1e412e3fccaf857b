#pragma once

#include <functional>

#include "netstack/base/time.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// A line of the log each 30 s, for a run that nobody watches.
class StatisticsLine final : private Timer {
 public:
  static constexpr Duration kPeriod = std::chrono::seconds(30);

  /// `loop` is not owned. `write` makes the line and writes it.
  StatisticsLine(EventLoop& loop, std::function<void()> write);
  ~StatisticsLine();

  void Start();
  void Stop();

 private:
  void OnTimer() override;

  EventLoop& loop_;
  const std::function<void()> write_;
};

}  // namespace tcpcopy
