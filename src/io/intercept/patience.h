#pragma once

#include "netstack/base/time.h"

namespace tcpcopy {

// How long either side of a connection waits for what.

/// From the beginning of a connection until both sides may be served.
inline constexpr Duration kHandshakeTime = std::chrono::seconds(3);
/// In the classic protocol, from the beginning until an intercept that has not closed takes us:
/// time for the refusal of one that does not speak it.
inline constexpr Duration kTrialTime = std::chrono::milliseconds(300);
/// From one heartbeat to the next.
inline constexpr Duration kHeartbeatTime = std::chrono::seconds(1);
/// Without a byte, heartbeats included, from the other side.
inline constexpr Duration kSilenceTime = std::chrono::seconds(3);
/// Without a byte that the other side takes of what waits for it.
inline constexpr Duration kStuckTime = std::chrono::seconds(10);

}  // namespace tcpcopy
