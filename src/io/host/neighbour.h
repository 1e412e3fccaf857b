#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/mac_address.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// What the kernel's neighbour table (ARP, IPv6 neighbour discovery) knows of a host on a link.
struct Neighbour {
  std::optional<MacAddress> mac;  // empty: not known, or not any more
  bool confirmed = false;         // the host answered lately, or the entry is permanent

  bool operator==(const Neighbour&) const = default;
};

/// What is known of `address` on the link of an interface; nothing is sent. A host that the kernel
/// has never heard of is no error.
Result<Neighbour, IoError> NeighbourOf(std::uint32_t interface_index, const IpAddress& address);

/// Asks the kernel to find out, or to confirm what it knows; returns at once. Needs CAP_NET_ADMIN.
Result<void, IoError> AskForNeighbour(std::uint32_t interface_index, const IpAddress& address);

}  // namespace tcpcopy
