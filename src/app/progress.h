#pragma once

#include <cstdio>
#include <functional>
#include <string>
#include <string_view>

#include "src/replay/ledger.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Tells how far the replay is: one line that is rewritten on a terminal, plain lines every few
/// seconds elsewhere.
class Progress final : private Timer {
 public:
  /// Where in the input we are; `size` 0 when that is unknown (live, a pipe). `rounds` is how often
  /// it is replayed, 0 until stopped.
  struct Position {
    std::uint64_t done = 0;
    std::uint64_t size = 0;
    std::uint64_t round = 1;
    std::uint64_t rounds = 1;
  };

  static constexpr Duration kTerminalPeriod = std::chrono::milliseconds(200);
  static constexpr Duration kPlainPeriod = std::chrono::seconds(5);
  static constexpr Duration kLivePlainPeriod = std::chrono::seconds(30);

  /// Nothing is owned. Writes to `out`. `live`: there is no end to be told the distance of.
  Progress(EventLoop& loop, const Ledger& ledger, std::FILE* out, bool live,
           std::function<Position()> position);
  ~Progress();

  void Start();
  /// Ends the terminal's line, so that other output may follow.
  void Stop();

  /// The text of one such line, without line end.
  static std::string Line(const Ledger& ledger, Position position, bool bar, double rate);

 private:
  void OnTimer() override;
  void Show(std::string_view text);

  EventLoop& loop_;
  const Ledger& ledger_;
  std::FILE* const out_;
  const bool terminal_;
  const Duration period_;
  const std::function<Position()> position_;
  std::uint64_t sessions_before_ = 0;
  Instant last_{};
  bool line_open_ = false;
};

}  // namespace tcpcopy
