#include "src/replay/list_addresses.h"

#include <algorithm>
#include <utility>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr std::uint64_t kMostOfANetwork = std::uint64_t{1} << 48;

}  // namespace

ListAddresses::Range ListAddresses::UsableOf(const Network& network) {
  const bool v4 = network.address.IsV4();
  const int bits = (v4 ? 32 : 128) - network.prefix_length;
  const std::uint64_t count = bits >= 48 ? kMostOfANetwork : std::uint64_t{1} << bits;
  if (bits <= 1) return {network.address, count};
  return {network.address.Behind(1), count - (v4 ? 2 : 1)};
}

IpAddress ListAddresses::Family::Nth(std::uint64_t n) const {
  for (const Range& range : ranges) {
    if (n < range.count) return range.first.Behind(n);
    n -= range.count;
  }
  TCPCOPY_CHECK(false);
  return {};
}

ListAddresses::ListAddresses(const std::vector<Network>& networks, IsOwn is_own,
                             std::vector<std::uint16_t> own_ports, PortShare share,
                             ClientShift shift)
    : is_own_(std::move(is_own)), own_ports_(std::move(own_ports)), shift_(shift), ports_(share) {
  for (const Network& network : networks) {
    Family& family = network.address.IsV4() ? v4_ : v6_;
    family.ranges.push_back(UsableOf(network));
    family.count += family.ranges.back().count;
  }
}

std::optional<Endpoint> ListAddresses::Claim(const AddressClaim& claim, const StateOf& state_of) {
  const Family& family = FamilyOf(claim.target.address);
  if (family.count == 0) return std::nullopt;
  const std::uint64_t moved = shift_.step == 0 ? claim.copy : shift_.Within(family.count, claim);
  // Unseeded: a client has the same address in every run.
  const std::uint64_t n =
      (FlowKeyHash{}({{claim.client.address, 0}, {}}) % family.count + moved) % family.count;
  IpAddress local = family.Nth(n);
  if (local == claim.target.address) local = family.Nth((n + 1) % family.count);
  if (local == claim.target.address) return std::nullopt;
  if (is_own_(local)) return WithOwnPort(local, claim.target, state_of);
  return ports_.Find(local, claim.client.port, claim.target, state_of);
}

/// In turn, so that each port rests as long as possible.
std::optional<Endpoint> ListAddresses::WithOwnPort(const IpAddress& local, const Endpoint& target,
                                                   const StateOf& state_of) {
  std::size_t& next = next_own_[local];
  std::size_t tries = std::min<std::size_t>(own_ports_.size(), PortFinder::kMaxTries);
  for (; tries > 0; --tries) {
    const Endpoint endpoint{local, own_ports_[next]};
    next = (next + 1) % own_ports_.size();
    if (state_of({endpoint, target}) != TupleState::kLive) return endpoint;
  }
  return std::nullopt;
}

}  // namespace tcpcopy
