#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "netstack/base/time.h"

namespace tcpcopy::sim {

/// RFC 6298 5.5: while the peer is silent, the first unacknowledged segment is sent again after
/// pauses that double, up to a bound.
class BackoffRule {
 public:
  /// The segment at `position` was sent, which is the first unacknowledged one. Says what was
  /// wrong.
  std::optional<std::string> OnSent(std::int64_t position, Instant now);
  /// The peer is not silent.
  void OnReceived() { times_ = 0; }

 private:
  static constexpr int kLinearSyns = 4;
  static constexpr Duration kMaxRto = std::chrono::seconds(60);
  static constexpr Duration kSlack = std::chrono::milliseconds(10);  // waits for a send slot

  std::int64_t position_ = -2;
  Instant last_{};
  Duration pause_{0};
  int times_ = 0;  // sent in this silence
};

}  // namespace tcpcopy::sim
