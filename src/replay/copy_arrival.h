#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "netstack/base/time.h"
#include "src/replay/client_flow.h"
#include "src/replay/ledger.h"
#include "src/replay/outcome.h"

namespace tcpcopy {

/// One captured packet on its way to one copy (-n) of its session.
struct CopyArrival {
  ClientFlow client;
  /// When the packet was due (files), which may be long ago; kNever: as it came.
  Instant due = kNever;
  /// What all copies of a session that begins with it were told, once one has asked; see Gate.
  bool judged = false;
  std::optional<Outcome> refusal = std::nullopt;
  /// How much later than scheduled a session begins with it; none where there is no schedule.
  std::optional<Duration> late = std::nullopt;
  bool is_whole = false;  // what has become of it, became of all copies behind it
};

/// Hands `arrival`, which is for the first copy, to `route` for each of the `copies`. Each has a
/// fate of its own; the packet counts as what the luckiest of them made of it.
template <typename Arrival, typename Route>
PacketVerdict RouteToCopies(Arrival& arrival, std::uint16_t copies, Route route) {
  PacketVerdict verdict = route(arrival);
  for (std::uint16_t copy = 1; copy < copies && !arrival.is_whole; ++copy) {
    arrival.client.copy = copy;
    verdict = std::min(verdict, route(arrival));
  }
  return verdict;
}

}  // namespace tcpcopy
