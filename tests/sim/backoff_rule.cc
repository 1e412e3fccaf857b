#include "tests/sim/backoff_rule.h"

#include <fmt/format.h>

namespace tcpcopy::sim {

std::optional<std::string> BackoffRule::OnSent(std::int64_t position, Instant now) {
  if (position != position_) times_ = 0;
  position_ = position;
  const Duration pause = now - last_;
  const Duration before = pause_;
  last_ = now;
  pause_ = pause;
  // The first pause may be a probe's (RFC 8985 7), which is no timeout. The first SYNs may come at
  // an even pace, as Linux sends them.
  const bool comparable = ++times_ > (position < 0 ? 2 + kLinearSyns : 3);
  if (!comparable || pause + kSlack >= std::min(2 * before, kMaxRto)) return std::nullopt;
  const auto ms = [](Duration d) { return d / std::chrono::milliseconds(1); };
  return fmt::format("sent again {} ms after the last time, which was {} ms after the one before",
                     ms(pause), ms(before));
}

}  // namespace tcpcopy::sim
