#include "src/replay/pacing.h"

#include <algorithm>

namespace tcpcopy {

Instant Pacing::Due(Duration captured_at) {
  Duration gap = last_ ? captured_at - *last_ : Duration{0};
  last_ = last_ ? std::max(*last_, captured_at) : captured_at;
  if (gap <= Duration{0} || settings_.speed <= 0) return due_;
  if (settings_.longest_gap) gap = std::min(gap, *settings_.longest_gap);
  due_ += Duration(static_cast<Duration::rep>(static_cast<double>(gap.count()) / settings_.speed));
  return due_;
}

}  // namespace tcpcopy
