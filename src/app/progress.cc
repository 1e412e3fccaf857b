#include "src/app/progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>

#include "src/app/log/stream_target.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kBarWidth = 24;

std::string Bytes(std::uint64_t count) {
  if (count < 10'000) return fmt::format("{} B", count);
  if (count < 10'000'000) return fmt::format("{:.1f} kB", static_cast<double>(count) / 1e3);
  return fmt::format("{:.1f} MB", static_cast<double>(count) / 1e6);
}

std::string Bar(double share) {
  const auto full = static_cast<std::size_t>(share * kBarWidth);
  return fmt::format("[{}{}]", std::string(full, '#'), std::string(kBarWidth - full, '.'));
}

}  // namespace

Progress::Progress(EventLoop& loop, std::FILE* out, bool live, std::function<void()> ask)
    : loop_(loop),
      out_(out),
      terminal_(isatty(fileno(out)) == 1),
      period_(terminal_ ? kTerminalPeriod : (live ? kLivePlainPeriod : kPlainPeriod)),
      ask_(std::move(ask)) {}

Progress::~Progress() { Stop(); }

void Progress::Start() {
  stopped_ = false;
  last_ = loop_.Now();
  loop_.timers().Set(*this, last_ + period_);
}

void Progress::Stop() {
  stopped_ = true;
  loop_.timers().Cancel(*this);
  if (line_open_) Show("\n");
  line_open_ = false;
}

std::string Progress::Line(const Ledger& ledger, Position position, bool bar, double rate) {
  std::string text;
  if (position.rounds == 0) text = fmt::format("round {}, ", position.round);
  if (position.rounds > 1) text = fmt::format("round {} of {}, ", position.round, position.rounds);
  if (position.size > 0) {
    const double share =
        std::min(1.0, static_cast<double>(position.done) / static_cast<double>(position.size));
    if (bar) text.insert(0, Bar(share) + " ");
    text += fmt::format("{:3.0f} % of {}, ", share * 100, Bytes(position.size));
  }
  const Outcome success = ledger.success();
  const std::uint64_t well = ledger.Of(success).sessions;
  const std::uint64_t others = ledger.Ended().sessions - well;
  return text + fmt::format("{} sessions: {} {}, {} other, {} active, {:.0f}/s",
                            ledger.seen().sessions, well, ToString(success), others,
                            ledger.active().sessions, rate);
}

/// Never waits: a terminal that stands still (Ctrl-S) must not stop the copying.
void Progress::Show(std::string_view text) { StreamTarget(fileno(out_)).Append(text); }

void Progress::OnTimer() {
  loop_.timers().Set(*this, loop_.Now() + period_);
  ask_();
}

void Progress::Tell(const Ledger& ledger, Position position) {
  if (stopped_) return;
  const Instant now = loop_.Now();
  const std::uint64_t sessions = ledger.seen().sessions;
  const double seconds = std::chrono::duration<double>(now - last_).count();
  const double rate =
      seconds > 0 ? static_cast<double>(sessions - sessions_before_) / seconds : 0.0;
  const std::string line = Line(ledger, position, terminal_, rate);
  if (terminal_) {
    Show("\r\x1b[K" + line);
    line_open_ = true;
  } else {
    Show("tcpcopy: " + line + "\n");
  }
  sessions_before_ = sessions;
  last_ = now;
}

}  // namespace tcpcopy
