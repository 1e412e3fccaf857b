#pragma once

#include <map>
#include <vector>

#include "src/replay/address_allocator.h"

namespace tcpcopy {

/// Replays from this host's own address and a pool of its ports (DESIGN 5.1). Ports are used in
/// turn, so that each rests as long as possible (the target's TIME-WAIT). At most 65,535 a target.
class PooledAddresses final : public AddressAllocator {
 public:
  /// `ports`: which may be used. `own`: this host's address towards each target address.
  PooledAddresses(std::vector<std::uint16_t> ports, std::map<IpAddress, IpAddress> own);

  std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf& state_of) override;
  void Release(const Endpoint& local, const Endpoint& target) override;

 private:
  const std::vector<std::uint16_t> ports_;
  const std::map<IpAddress, IpAddress> own_;
  /// The free ports towards one target, a ring of as many as there are.
  struct Free {
    std::vector<std::uint16_t> ports;
    std::size_t first = 0;
    std::size_t count = 0;

    std::uint16_t TakeFirst();
    void PutLast(std::uint16_t port);
  };
  std::map<Endpoint, Free> free_;  // by target
};

}  // namespace tcpcopy
