#pragma once

#include <set>
#include <utility>

#include "src/replay/address_allocator.h"
#include "src/replay/client_shift.h"
#include "src/replay/port_finder.h"

namespace tcpcopy {

/// `-c keep`: the client's own address and port. Where sessions have copies (-n), or ports are
/// shared with other instances (-f), the address is kept and the port may be another one. A client
/// on this very host is replayed by `fallback` instead: its endpoint belongs to a kernel socket,
/// and the target's replies to it must not be taken.
class KeepAddresses final : public AddressAllocator {
 public:
  using IsOwn = std::function<bool(const IpAddress&)>;

  struct Settings {
    std::optional<IpAddress> instead_of_localhost{};  // -H
    bool exact_ports = true;  // off when one client endpoint may be wanted several times
    PortShare share{};        // -f
    ClientShift shift{};      // --shift-clients
  };

  /// `fallback` is not owned.
  KeepAddresses(IsOwn is_own, AddressAllocator& fallback, const Settings& settings)
      : is_own_(std::move(is_own)),
        fallback_(fallback),
        settings_(settings),
        ports_(settings.share) {}

  std::optional<Endpoint> Claim(const AddressClaim& claim, const StateOf& state_of) override;
  void Release(const Endpoint& local, const Endpoint& target) override;

 private:
  const IsOwn is_own_;
  AddressAllocator& fallback_;
  const Settings settings_;
  PortFinder ports_;
  // Local and target of what the fallback gave: the host's addresses may change meanwhile.
  std::set<std::pair<Endpoint, Endpoint>> lent_;
};

}  // namespace tcpcopy
