#pragma once

#include "src/replay/loopback_addresses.h"
#include "src/replay/pooled_addresses.h"

namespace tcpcopy {

/// `-c self`: the loopback range towards 127/8, this host's own address and a port pool towards
/// others.
class SelfAddresses final : public AddressAllocator {
 public:
  explicit SelfAddresses(PooledAddresses pooled, std::uint64_t seed = 0, PortShare share = {})
      : loopback_(seed, share), pooled_(std::move(pooled)) {}

  std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf& state_of) override {
    return For(claim.target).Claim(claim, state_of);
  }
  void Release(const Endpoint& local, const Endpoint& target) override {
    For(target).Release(local, target);
  }

 private:
  AddressAllocator& For(const Endpoint& target) {
    const bool loopback = LoopbackAddresses::Serves(target.address);
    return loopback ? static_cast<AddressAllocator&>(loopback_) : pooled_;
  }

  LoopbackAddresses loopback_;
  PooledAddresses pooled_;
};

}  // namespace tcpcopy
