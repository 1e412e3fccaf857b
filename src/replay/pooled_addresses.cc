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
  std::deque<std::uint16_t>& free = it->second;
  if (is_new) free.assign(ports_.begin(), ports_.end());
  for (std::size_t left = free.size(); left > 0; --left) {
    const Endpoint local{own->second, free.front()};
    free.pop_front();
    if (state_of({local, claim.target}) != TupleState::kLive) return local;
    // A kept client's, who had this address before it was this host's again (-c keep).
    free.push_back(local.port);
  }
  return std::nullopt;
}

void PooledAddresses::Release(const Endpoint& local, const Endpoint& target) {
  const auto it = free_.find(target);
  TCPCOPY_CHECK(it != free_.end() && it->second.size() < ports_.size());
  it->second.push_back(local.port);
}

}  // namespace tcpcopy
