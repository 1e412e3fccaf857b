#pragma once

#include <cstdint>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// Opens a socket that sends whole IP packets, headers included, and receives nothing. The kernel
/// finds the route; it fills in an IPv4 checksum, and leaves everything else as it is given.
/// Needs CAP_NET_RAW; the error tells how to come by it.
Result<UniqueFd, IoError> OpenRawSocket(IpFamily family);

/// Opens a socket that sends whole link-layer frames by one interface, and receives nothing.
/// Needs CAP_NET_RAW. When the interface is gone for good, sends fail with ENXIO.
Result<UniqueFd, IoError> OpenPacketSocket(std::uint32_t interface_index);

/// The sockets of both families. On a host without IPv6 there is none for it (-1).
struct RawSockets {
  UniqueFd v4;
  UniqueFd v6;

  static Result<RawSockets, IoError> Open();
};

}  // namespace tcpcopy
