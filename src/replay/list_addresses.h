#pragma once

#include <functional>
#include <map>
#include <vector>

#include "netstack/wire/network.h"
#include "src/replay/address_allocator.h"
#include "src/replay/client_shift.h"
#include "src/replay/port_finder.h"

namespace tcpcopy {

/// `-c` with addresses: each client has one of them, always the same, and keeps its port where that
/// is free; each of its copies (-n) has the next address, or those of all copies and rounds are as
/// far apart as a shift says. Networks are not expanded: however large
/// one is, it takes no memory. Left out are the first and the last address of an IPv4 network, the
/// first of an IPv6 one, and the target's own. Of IPv6 networks at most the first 2^48 addresses
/// are used.
class ListAddresses final : public AddressAllocator {
 public:
  using IsOwn = std::function<bool(const IpAddress&)>;

  /// Addresses that are this host's (`is_own`) are only used with `own_ports`, in turn, because its
  /// kernel has sockets there, too; without such ports they are not used. Others are used with the
  /// ports of `share`.
  ListAddresses(const std::vector<Network>& networks, IsOwn is_own,
                std::vector<std::uint16_t> own_ports, PortShare share, ClientShift shift = {});

  std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf& state_of) override;
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
                                      const StateOf& state_of);

  Family v4_;
  Family v6_;
  const IsOwn is_own_;
  const std::vector<std::uint16_t> own_ports_;
  const ClientShift shift_;
  PortFinder ports_;
  std::map<IpAddress, std::size_t> next_own_;  // place in `own_ports_`, by own address
};

}  // namespace tcpcopy
