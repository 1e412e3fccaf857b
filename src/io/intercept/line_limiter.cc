#include "src/io/intercept/line_limiter.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace tcpcopy {

void LineLimiter::Write(const std::string& line, Instant now) {
  constexpr Duration kALine = std::chrono::seconds(1);
  const auto grown = std::clamp<Duration::rep>((now - counted_) / kALine, 0, kAtOnce - left_);
  left_ += static_cast<int>(grown);
  counted_ = left_ == kAtOnce ? now : counted_ + grown * kALine;
  if (left_ == 0) {
    ++left_out_;
    return;
  }
  --left_;
  if (left_out_ == 0) return log_(line);
  log_(fmt::format("{} ({} lines were left out before)", line, std::exchange(left_out_, 0)));
}

}  // namespace tcpcopy
