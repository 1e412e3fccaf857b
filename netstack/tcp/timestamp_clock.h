#pragma once

#include <chrono>
#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// The timestamp clock of RFC 7323 5.4: milliseconds.
inline std::uint32_t TimestampValue(Instant now) {
  return static_cast<std::uint32_t>(
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count());
}

}  // namespace tcpcopy
