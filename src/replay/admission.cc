#include "src/replay/admission.h"

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr double kLongestPause = 1e8;  // seconds; more than a Duration holds is of no use

/// Unseeded: the same sessions are chosen in every run. `salt` makes choices independent of each
/// other.
bool IsChosen(const FlowKey& captured, std::uint64_t salt, std::int64_t percent) {
  return static_cast<std::int64_t>(FlowKeyHash{salt}(captured) % 100) < percent;
}

}  // namespace

std::optional<Outcome> Admission::Refuse(const FlowKey& captured, std::uint32_t copies, Instant now,
                                         Instant due) {
  if (!IsChosen(captured, 0, settings_.sample_percent)) return Outcome::kLeftOutBySampling;
  if (settings_.gradual && RampHolds(captured, now)) return Outcome::kLeftOutByRamp;
  if (over_cpu_limit_ && !settings_.source_waits) return Outcome::kLeftOutByCpuLimit;
  if (settings_.source_waits) {
    Schedule(copies, due);
  } else if (settings_.rate > 0 && IsTooFast(copies, now)) {
    return Outcome::kLeftOutByRate;
  }
  return std::nullopt;
}

/// A file keeps an even rate by waiting: a session begins when it is due, but not before the rate
/// allows it after the one before. Neither depends on how late that one was, so what was missed is
/// made up for at once.
void Admission::Schedule(std::uint32_t copies, Instant due) {
  const Instant begin = settings_.rate > 0 ? std::max(due, next_start_) : due;
  if (settings_.has_schedule) scheduled_ = begin;
  if (settings_.rate <= 0) return;
  if (due >= next_start_) {
    rate_begin_ = due;
    rate_count_ = 0;
  }
  // Counted from the beginning, so that no rounding adds up.
  rate_count_ += copies;
  const std::chrono::duration<double> span(std::min(rate_count_ / settings_.rate, kLongestPause));
  next_start_ = rate_begin_ + std::chrono::duration_cast<Duration>(span);
}

/// Live, each second may have its sessions as they come.
bool Admission::IsTooFast(std::uint32_t copies, Instant now) {
  const double pause = std::min(1 / settings_.rate, kLongestPause);
  const auto window = std::max(
      kRateWindow, std::chrono::duration_cast<Duration>(std::chrono::duration<double>(pause)));
  if (now >= window_end_) {
    window_end_ = now + window;
    window_count_ = 0;
  }
  const double most = std::chrono::duration<double>(window).count() / pause;
  if (window_count_ > 0 && window_count_ + copies > most) return true;
  window_count_ += copies;
  return false;
}

bool Admission::RampHolds(const FlowKey& captured, Instant now) {
  if (!ramp_begin_) ramp_begin_ = now;
  constexpr std::uint64_t kRampSalt = 1;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *ramp_begin_).count();
  return !IsChosen(captured, kRampSalt, seconds + 1);
}

}  // namespace tcpcopy
