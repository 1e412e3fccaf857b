#pragma once

#include <functional>
#include <map>
#include <vector>

#include "netstack/wire/network.h"
#include "src/replay/address_allocator.h"

namespace tcpcopy {

/// `-c` with addresses: each client has one of them, always the same, and keeps its port where that
/// is free. Networks are not expanded: however large one is, it takes no memory. Left out are the
/// first and the last address of an IPv4 network, the first of an IPv6 one, and the target's own.
/// Of IPv6 networks at most the first 2^48 addresses are used.
class ListAddresses final : public AddressAllocator {
 public:
  using IsOwn = std::function<bool(const IpAddress&)>;

  static constexpr std::uint16_t kFirstPort = 1024;
  static constexpr int kMaxTries = 4096;  // to find a free port; one looks on where another ended

  /// Addresses that are this host's (`is_own`) are only used with `own_ports`, in turn, because its
  /// kernel has sockets there, too; `own_ports` must not be empty.
  ListAddresses(const std::vector<Network>& networks, IsOwn is_own,
                std::vector<std::uint16_t> own_ports);

  std::optional<Endpoint> Claim(const Endpoint& client, const Endpoint& target,
                                const InUse& in_use) override;
  void Release(const Endpoint&, const Endpoint&) override {}

 private:
  /// `count` addresses from `first` on, by the order of their numbers.
  struct Range {
    IpAddress first;
    std::uint64_t count = 0;
  };
  struct Family {
    std::vector<Range> ranges;
    std::uint64_t count = 0;

    IpAddress Nth(std::uint64_t n) const;
  };

  static Range UsableOf(const Network& network);
  const Family& FamilyOf(const IpAddress& address) const { return address.IsV4() ? v4_ : v6_; }
  std::optional<Endpoint> WithOwnPort(const IpAddress& local, const Endpoint& target,
                                      const InUse& in_use);

  Family v4_;
  Family v6_;
  const IsOwn is_own_;
  const std::vector<std::uint16_t> own_ports_;
  std::uint16_t next_port_ = kFirstPort;
  std::map<IpAddress, std::size_t> next_own_;  // place in `own_ports_`, by own address
};

}  // namespace tcpcopy
