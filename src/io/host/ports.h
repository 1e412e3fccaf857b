#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "netstack/wire/transport.h"
#include "src/io/host/port_range.h"

namespace tcpcopy {

/// The ports that the kernel gives to outgoing connections of other programs.
struct EphemeralPorts {
  PortRange range;
  std::vector<PortRange> reserved;  // never given automatically, within `range` or not

  /// From net.ipv4.ip_local_port_range and ip_local_reserved_ports, of IPv6, too; the kernel's
  /// defaults when it does not tell.
  static EphemeralPorts OfThisHost();
};

/// "32768\t60999\n"; none when it is anything else.
std::optional<PortRange> ParseLocalPortRange(std::string_view text);

/// Local ports of all sockets of this network namespace in whatever state, TIME_WAIT included: a
/// moment's picture. Reads all sockets, so not for every session.
PortSet PortsInUse(Transport transport);

/// Adds the local ports that stand in the text of /proc/net/tcp, udp, tcp6 or udp6; skips lines
/// that are not as expected.
void AddLocalPorts(std::string_view text, PortSet& ports);

}  // namespace tcpcopy
