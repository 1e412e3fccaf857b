#include "src/replay/pacing.h"

#include <algorithm>
#include <cstdint>

namespace tcpcopy {
namespace {

/// Later than any replay lasts, but a time that can be waited for.
constexpr Instant kLatest = kNever - Duration{1};

}  // namespace

Instant Pacing::Due(Duration captured_at) {
  const Duration before = last_.value_or(captured_at);
  last_ = std::max(before, captured_at);
  if (captured_at <= before || settings_.speed <= 0) return due_;
  // A damaged capture can tell any times, further apart than a Duration holds; and a low speed
  // stretches them.
  std::uint64_t gap =
      static_cast<std::uint64_t>(captured_at.count()) - static_cast<std::uint64_t>(before.count());
  if (settings_.longest_gap) {
    gap = std::min(gap, static_cast<std::uint64_t>(settings_.longest_gap->count()));
  }
  const double pause = static_cast<double>(gap) / settings_.speed;
  const Duration left = kLatest - due_;
  due_ = pause < static_cast<double>(left.count())
             ? due_ + Duration(static_cast<Duration::rep>(pause))
             : kLatest;
  return due_;
}

}  // namespace tcpcopy
