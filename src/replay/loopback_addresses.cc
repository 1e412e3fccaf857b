#include "src/replay/loopback_addresses.h"

namespace tcpcopy {

std::optional<Endpoint> LoopbackAddresses::Claim(const AddressClaim& claim,
                                                 const StateOf& state_of) {
  const std::size_t hash = hash_({{claim.client.address, 0}, {}});
  std::uint32_t host = (static_cast<std::uint32_t>(hash) + claim.copy) & kMask;
  const std::uint16_t port = PortFor(claim.client.port);
  std::optional<Endpoint> resting;
  for (int tries = 0; tries < kMaxTries; ++tries, host = (host + 1) & kMask) {
    if (resting && tries >= kTriesForAFreeOne) break;
    // The first and the last address of the range are left alone: some tools refuse .0 and .255.
    if (host == 0 || host == kMask) continue;
    const Endpoint local{IpAddress::V4(kFirst + host), port};
    const TupleState state = state_of({local, claim.target});
    if (state == TupleState::kFree) return local;
    if (state == TupleState::kResting && !resting) resting = local;
  }
  return resting;
}

std::uint16_t LoopbackAddresses::PortFor(std::uint16_t wanted) const {
  std::uint16_t port = wanted;
  if (port < PortShare::kFirstPort) port = static_cast<std::uint16_t>(port + PortShare::kFirstPort);
  while (!share_.Contains(port)) {
    port = port == 65535 ? PortShare::kFirstPort : static_cast<std::uint16_t>(port + 1);
  }
  return port;
}

}  // namespace tcpcopy
