#include "src/replay/pooled_addresses.h"

#include "netstack/base/check.h"

namespace tcpcopy {

PooledAddresses::PooledAddresses(std::vector<std::uint16_t> ports,
                                 std::map<IpAddress, IpAddress> own)
    : ports_(std::move(ports)), own_(std::move(own)) {}

std::optional<Endpoint> PooledAddresses::Claim(const AddressClaim& claim, const StateOf& state_of) {
  const auto own = own_.find(claim.target.address);
  if (own == own_.end()) return std::nullopt;
  const auto [it, is_new] = free_.try_emplace(claim.target);
  Free& free = it->second;
  if (is_new) free = {.ports = ports_, .count = ports_.size()};
  for (std::size_t left = free.count; left > 0; --left) {
    const Endpoint local{own->second, free.TakeFirst()};
    if (state_of({local, claim.target}) != TupleState::kLive) return local;
    // A kept client's, who had this address before it was this host's again (-c keep).
    free.PutLast(local.port);
  }
  return std::nullopt;
}

void PooledAddresses::Release(const Endpoint& local, const Endpoint& target) {
  const auto it = free_.find(target);
  TCPCOPY_CHECK(it != free_.end() && it->second.count < ports_.size());
  it->second.PutLast(local.port);
}

std::uint16_t PooledAddresses::Free::TakeFirst() {
  const std::uint16_t port = ports[first];
  first = (first + 1) % ports.size();
  --count;
  return port;
}

void PooledAddresses::Free::PutLast(std::uint16_t port) {
  ports[(first + count) % ports.size()] = port;
  ++count;
}

}  // namespace tcpcopy
