#pragma once

#include <set>
#include <utility>

#include "src/replay/address_allocator.h"

namespace tcpcopy {

/// `-c keep`: the client's own address and port. A client on this very host is replayed by
/// `fallback` instead: its endpoint belongs to a kernel socket, and the target's replies to it must
/// not be taken.
class KeepAddresses final : public AddressAllocator {
 public:
  using IsOwn = std::function<bool(const IpAddress&)>;

  /// `fallback` is not owned.
  KeepAddresses(IsOwn is_own, AddressAllocator& fallback)
      : is_own_(std::move(is_own)), fallback_(fallback) {}

  std::optional<Endpoint> Claim(const Endpoint& client, const Endpoint& target,
                                const InUse& in_use) override {
    if (is_own_(client.address)) {
      const std::optional<Endpoint> lent = fallback_.Claim(client, target, in_use);
      if (lent) lent_.emplace(*lent, target);
      return lent;
    }
    if (client.address.family() != target.address.family()) return std::nullopt;
    return client;
  }
  void Release(const Endpoint& local, const Endpoint& target) override {
    if (lent_.erase({local, target}) > 0) fallback_.Release(local, target);
  }

 private:
  const IsOwn is_own_;
  AddressAllocator& fallback_;
  // Local and target of what the fallback gave: the host's addresses may change meanwhile.
  std::set<std::pair<Endpoint, Endpoint>> lent_;
};

}  // namespace tcpcopy
