#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "src/app/figures.h"
#include "src/replay/ledger.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Tells how far the replay is: one line that is rewritten on a terminal, plain lines every few
/// seconds elsewhere.
class Progress final : private Timer {
 public:
  using Position = InputPosition;

  static constexpr Duration kTerminalPeriod = std::chrono::milliseconds(200);
  static constexpr Duration kPlainPeriod = std::chrono::seconds(5);
  static constexpr Duration kLivePlainPeriod = std::chrono::seconds(30);

  /// Nothing is owned. Writes to `out`. `live`: there is no end to be told the distance of. `ask`
  /// is called each period, and has `Tell` called soon.
  Progress(EventLoop& loop, std::FILE* out, bool live, std::function<void()> ask);
  ~Progress();

  void Start();
  /// How far it is now. No effect after `Stop`.
  void Tell(const Ledger& ledger, Position position);
  /// Ends the terminal's line, so that other output may follow.
  void Stop();

  /// The text of one such line, without line end.
  static std::string Line(const Ledger& ledger, Position position, bool bar, double rate);

 private:
  void OnTimer() override;
  void Show(std::string_view text);

  EventLoop& loop_;
  std::FILE* const out_;
  const bool terminal_;
  const Duration period_;
  const std::function<void()> ask_;
  std::uint64_t sessions_before_ = 0;
  Instant last_{};
  bool line_open_ = false;
  bool stopped_ = true;
};

}  // namespace tcpcopy
