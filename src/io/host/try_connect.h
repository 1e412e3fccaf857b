#pragma once

#include <vector>

#include "netstack/base/time.h"
#include "netstack/wire/endpoint.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// How an ordinary TCP connection of this host's kernel went.
enum class ConnectResult {
  kNotTried,
  kAccepted,
  kRefused,      // a RST
  kSilent,       // nothing within the time
  kUnreachable,  // no route, nobody at the next hop, or an ICMP message that says so
};

/// Connects to all of them at once, at most 64, waits `patience` at most, and closes what was
/// opened. Blocks. The results are in the same order.
std::vector<ConnectResult> TryConnect(const std::vector<Endpoint>& endpoints, Duration patience,
                                      const Clock& clock);

}  // namespace tcpcopy
