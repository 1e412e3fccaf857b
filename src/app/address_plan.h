#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/app/options.h"
#include "src/io/host/host_addresses.h"
#include "src/io/nftables/guard.h"
#include "src/replay/address_allocator.h"

namespace tcpcopy {

/// Where sessions are replayed from, and what the kernel must leave alone for it (DESIGN 5).
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
  static Result<Host, std::string> LookAtHost(const TargetMap& targets, const HostAddresses& own);

  AddressPlan(const Options& options, const Host& host);

  AddressAllocator& allocator() { return *allocator_; }
  const std::vector<GuardRule>& guard_rules() const { return guard_rules_; }
  /// One line for the user: how replies come back, and why so.
  const std::string& description() const { return description_; }

 private:
  void GuardSelf(const Options& options, const Host& host);
  void GuardKeep(const Options& options);

  std::unique_ptr<AddressAllocator> self_;
  std::unique_ptr<AddressAllocator> keep_;
  AddressAllocator* allocator_ = nullptr;
  std::vector<GuardRule> guard_rules_;
  std::string description_;
};

/// An error line when what is sent to one mapping's target would be captured and copied again: the
/// target of one mapping is the source of the same or another one. Empty when there is no such
/// loop.
std::string FindLoop(const TargetMap& targets, const HostAddresses& own);

}  // namespace tcpcopy
