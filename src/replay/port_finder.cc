#include "src/replay/port_finder.h"

namespace tcpcopy {

std::optional<Endpoint> PortFinder::Find(const IpAddress& local, std::uint16_t wanted,
                                         const Endpoint& target,
                                         const AddressAllocator::StateOf& state_of) {
  const Endpoint kept{local, wanted};
  const bool may_keep = wanted >= PortShare::kFirstPort && share_.Contains(wanted);
  if (may_keep && state_of({kept, target}) == TupleState::kFree) return kept;
  std::optional<Endpoint> resting;
  for (int tries = 0; tries < kMaxTries; ++tries) {
    if (resting && tries >= kTriesForAFreeOne) break;
    const Endpoint endpoint{local, NextPort()};
    const TupleState state = state_of({endpoint, target});
    if (state == TupleState::kFree) return endpoint;
    // The first in turn is the one that has been resting longest.
    if (state == TupleState::kResting && !resting) resting = endpoint;
  }
  if (resting) last_ = resting->port;
  return resting;
}

/// The next one of the share, which is never empty.
std::uint16_t PortFinder::NextPort() {
  do {
    last_ = last_ == 65535 ? PortShare::kFirstPort : static_cast<std::uint16_t>(last_ + 1);
  } while (!share_.Contains(last_));
  return last_;
}

}  // namespace tcpcopy
