#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// The way that packets to an address take.
struct Route {
  std::string interface;  // they leave through it
  std::uint32_t interface_index = 0;
  std::optional<IpAddress> gateway;  // the next hop; empty: the destination itself
  std::optional<IpAddress> source;   // the address that the kernel would send from
  bool local = false;                // the destination is this host

  bool operator==(const Route&) const = default;
};

/// The kernel's route from this host to `destination`, by any interface (0) or the one with that
/// index; sends nothing. The error names the destination: there is no route, or one that forbids
/// it. (Of IPv4 by one interface: where none leads there, the kernel takes it to be on the link.)
Result<Route, IoError> RouteTo(const IpAddress& destination, std::uint32_t interface_index = 0);

}  // namespace tcpcopy
