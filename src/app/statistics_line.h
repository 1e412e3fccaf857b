#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "netstack/base/time.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// A line of the log each 30 s, for a run that nobody watches.
class StatisticsLine final : private Timer {
 public:
  static constexpr Duration kPeriod = std::chrono::seconds(30);

  /// `loop` is not owned. `text` makes the line, `log` takes it.
  StatisticsLine(EventLoop& loop, std::function<std::string()> text,
                 std::function<void(std::string_view line)> log);
  ~StatisticsLine();

  void Start();
  void Stop();

 private:
  void OnTimer() override;

  EventLoop& loop_;
  const std::function<std::string()> text_;
  const std::function<void(std::string_view line)> log_;
};

}  // namespace tcpcopy
