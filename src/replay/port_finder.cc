#include "src/replay/port_finder.h"

#include <algorithm>

namespace tcpcopy {

PortFinder::PortFinder(PortShare share) : share_(share) {
  for (std::uint32_t port = PortShare::kFirstPort; port < 65536; ++port) {
    if (share.Contains(static_cast<std::uint16_t>(port))) {
      ports_.push_back(static_cast<std::uint16_t>(port));
    }
  }
}

std::optional<Endpoint> PortFinder::Find(const IpAddress& local, std::uint16_t wanted,
                                         const Endpoint& target,
                                         const AddressAllocator::StateOf& state_of) {
  const Endpoint kept{local, wanted};
  const bool may_keep = wanted >= PortShare::kFirstPort && share_.Contains(wanted);
  if (may_keep && state_of({kept, target}) == TupleState::kFree) return kept;
  std::optional<Endpoint> resting;
  std::size_t behind_resting = 0;
  const int most = std::min(kMaxTries, static_cast<int>(ports_.size()));
  for (int tries = 0; tries < most; ++tries) {
    if (resting && tries >= kTriesForAFreeOne) break;
    const Endpoint endpoint{local, ports_[next_]};
    next_ = (next_ + 1) % ports_.size();
    const TupleState state = state_of({endpoint, target});
    if (state == TupleState::kFree) return endpoint;
    // The first in turn is the one that has been resting longest.
    if (state == TupleState::kResting && !resting) {
      resting = endpoint;
      behind_resting = next_;
    }
  }
  if (resting) next_ = behind_resting;
  return resting;
}

}  // namespace tcpcopy
