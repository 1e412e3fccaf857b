#include "src/replay/keep_addresses.h"

namespace tcpcopy {

std::optional<Endpoint> KeepAddresses::Claim(const AddressClaim& claim, const StateOf& state_of) {
  Endpoint client = claim.client;
  if (settings_.instead_of_localhost && client.address.IsLoopback()) {
    client.address = *settings_.instead_of_localhost;
  }
  const bool is_here = is_own_(client.address);
  if (!is_here)
    client.address = settings_.shift.Of({client, claim.target, claim.copy, claim.round});
  // Shifted, it may be another one that cannot be a client's.
  if (is_here || is_own_(client.address) || client.address == claim.target.address) {
    const std::optional<Endpoint> lent = fallback_.Claim(claim, state_of);
    if (lent) lent_.emplace(*lent, claim.target);
    return lent;
  }
  if (client.address.family() != claim.target.address.family()) return std::nullopt;
  if (settings_.exact_ports) return client;
  return ports_.Find(client.address, client.port, claim.target, state_of);
}

void KeepAddresses::Release(const Endpoint& local, const Endpoint& target) {
  if (lent_.erase({local, target}) > 0) fallback_.Release(local, target);
}

}  // namespace tcpcopy
