#pragma once

#include <optional>

#include "netstack/base/time.h"

namespace tcpcopy {

/// When each packet of a capture is due: as far apart as in the capture, divided by the speed, long
/// pauses shortened. A value; the schedule never depends on how fast the target answers.
class Pacing {
 public:
  struct Settings {
    double speed = 1.0;                     // -a; 0 means without pauses (`max`)
    std::optional<Duration> longest_gap{};  // -I: longer pauses of the capture count as this
  };

  Pacing(Settings settings, Instant start) : settings_(settings), due_(start) {}

  /// When the packet captured at `captured_at` is due. Packets must be given in the order of the
  /// file; a capture time that goes back counts as no pause.
  Instant Due(Duration captured_at);
  /// The capture begins anew: its first packet is due together with the last one.
  void BeginRound() { last_.reset(); }

 private:
  const Settings settings_;
  std::optional<Duration> last_;
  Instant due_;
};

}  // namespace tcpcopy
