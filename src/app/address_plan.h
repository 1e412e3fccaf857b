#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/app/options/options.h"
#include "src/io/host/host_addresses.h"
#include "src/io/nftables/guard.h"
#include "src/replay/address_allocator.h"
#include "src/replay/port_share.h"

namespace tcpcopy {

/// Where sessions are replayed from, how the target's replies come back, and what the kernel must
/// leave alone for it (DESIGN 5).
class AddressPlan {
 public:
  /// What the plan needs to know of the host.
  struct Host {
    std::map<IpAddress, IpAddress> own_towards;  // by target address
    PortSet free_ports;                          // outside the ephemeral range, not in use
    /// Makes two processes choose different addresses and ports, and one that is started again
    /// leave alone those that the target still remembers.
    std::uint64_t seed = 0;
    const HostAddresses* own = nullptr;  // not owned; must outlive the plan
  };

  /// Asks the kernel. The error is one line that begins with the option at fault.
  static Result<Host, std::string> LookAtHost(const Options& options, const HostAddresses& own);

  /// For the sessions of one of `options.workers` workers, if there are several: replayed from
  /// `ports`. The guard's rules and the description are of all.
  AddressPlan(const Options& options, const Host& host, const PortClass& ports = {});

  AddressAllocator& allocator() { return *allocator_; }
  /// Whether it has no port at all to replay a session from: too many workers share too few.
  bool lacks_ports() const { return lacks_ports_; }
  /// May be empty.
  const std::vector<GuardRule>& guard_rules() const { return guard_rules_; }
  /// Whether replies are captured here although they are not for this host's own addresses.
  bool captures_for_others() const { return captures_for_others_; }
  /// One line for the user: how replies come back, and why so.
  const std::string& description() const { return description_; }

 private:
  void UseSelf(const Options& options, const Host& host);
  void UseKeep(const Options& options, const Host& host);
  void UseList(const Options& options, const Host& host);
  void GuardOthers(const Endpoint& target, const std::vector<Network>& list);

  const PortShare share_;                   // of -f, for this worker
  const std::vector<std::uint16_t> ports_;  // of this host's that are of the share
  const bool lacks_ports_;
  std::unique_ptr<AddressAllocator> self_;
  std::unique_ptr<AddressAllocator> others_;  // keep or list
  AddressAllocator* allocator_ = nullptr;
  std::vector<GuardRule> guard_rules_;
  bool captures_for_others_ = false;
  std::string description_;
};

/// An error line when what is sent to one mapping's target would be captured and copied again: the
/// target of one mapping is the source of the same or another one. Empty when there is no such
/// loop.
std::string FindLoop(const TargetMap& targets, const HostAddresses& own);

}  // namespace tcpcopy
