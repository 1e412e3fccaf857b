#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace tcpcopy {

/// What this process may do. In a user namespace that does not own the network these can be set and
/// the kernel still refuses.
struct Capabilities {
  bool net_raw = false;    // CAP_NET_RAW: capture, send packets
  bool net_admin = false;  // CAP_NET_ADMIN: the nftables guard, send buffers beyond the limit

  /// The effective ones; all false when /proc is not there to tell.
  static Capabilities OfThisProcess();
  /// From the text of /proc/<pid>/status; none when it has no CapEff line.
  static std::optional<Capabilities> Parse(std::string_view status);

  /// The kernel's names of those that are absent, such as "CAP_NET_RAW".
  std::vector<std::string> Missing() const;
};

}  // namespace tcpcopy
