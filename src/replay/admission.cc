#include "src/replay/admission.h"

#include <algorithm>

namespace tcpcopy {
namespace {

/// Unseeded: the same sessions are chosen in every run. `salt` makes choices independent of each
/// other.
bool IsChosen(const FlowKey& captured, std::uint64_t salt, std::int64_t percent) {
  return static_cast<std::int64_t>(FlowKeyHash{salt}(captured) % 100) < percent;
}

}  // namespace

std::optional<Outcome> Admission::Refuse(const FlowKey& captured, std::uint32_t copies,
                                         Instant now) {
  if (!IsChosen(captured, 0, settings_.sample_percent)) return Outcome::kLeftOutBySampling;
  if (settings_.gradual && RampHolds(captured, now)) return Outcome::kLeftOutByRamp;
  if (over_cpu_limit_ && !settings_.source_waits) return Outcome::kLeftOutByCpuLimit;
  if (settings_.rate <= 0) return std::nullopt;
  if (next_start_ > now + kBurst && !settings_.source_waits) return Outcome::kLeftOutByRate;
  constexpr double kLongestPause = 1e8;  // seconds; more than a Duration holds is of no use
  const auto pause =
      std::chrono::duration<double>(std::min(copies / settings_.rate, kLongestPause));
  // A file that may wait keeps the rate exactly; what a live capture did not use is lost to it.
  next_start_ = std::max(next_start_, now) + std::chrono::duration_cast<Duration>(pause);
  return std::nullopt;
}

bool Admission::RampHolds(const FlowKey& captured, Instant now) {
  if (!ramp_begin_) ramp_begin_ = now;
  constexpr std::uint64_t kRampSalt = 1;
  const auto seconds = std::chrono::floor<std::chrono::seconds>(now - *ramp_begin_).count();
  return !IsChosen(captured, kRampSalt, seconds + 1);
}

}  // namespace tcpcopy
