#pragma once

#include "netstack/base/time.h"

namespace tcpcopy {

// How long either side of a connection waits for what.

/// From the beginning of a connection until both sides may be served.
inline constexpr Duration kHandshakeTime = std::chrono::seconds(3);
/// From one heartbeat to the next.
inline constexpr Duration kHeartbeatTime = std::chrono::seconds(1);
/// Without a byte, heartbeats included, from the other side.
inline constexpr Duration kSilenceTime = std::chrono::seconds(3);
/// Without a byte that the other side takes of what waits for it.
inline constexpr Duration kStuckTime = std::chrono::seconds(10);

}  // namespace tcpcopy
