#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// A rule of the old iptables (not those of nftables) that drops or rejects packets, or a chain's
/// policy that does.
struct OldDropRule {
  std::string table;
  std::string chain;
  std::string rule;  // as it is saved, "-A INPUT -p tcp -j DROP", or "policy DROP"
  std::uint64_t packets = 0;

  bool operator==(const OldDropRule&) const = default;
};

/// Whether this host uses them for that family.
bool HasOldIptables(IpFamily family);
/// The program that changes them: "iptables-legacy" or "ip6tables-legacy".
std::string OldIptablesProgram(IpFamily family);
/// All of this host's; none when they cannot be listed. Runs a program when `HasOldIptables`.
std::vector<OldDropRule> OldDropRules(IpFamily family);
/// From what `iptables-legacy-save -c` prints; skips lines that are not as expected.
std::vector<OldDropRule> ParseOldDropRules(std::string_view saved);

}  // namespace tcpcopy
