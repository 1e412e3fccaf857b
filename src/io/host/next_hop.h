#pragma once

#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "src/io/host/link_device.h"
#include "src/io/host/neighbour.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// To whom a packet is given at the link layer so that it gets to its destination.
struct NextHop {
  LinkDevice device;    // it leaves here
  IpAddress address;    // the gateway, or the destination itself
  Neighbour neighbour;  // what is known of that one

  bool operator==(const NextHop&) const = default;
};

/// The next hop to `destination` by one of `devices` (none: any): the one that the kernel's route
/// takes, or else the first by which it can be reached. Sends nothing. The error is one line that
/// names the destination or the device; a destination that is this host cannot be reached so, nor
/// anything by a device that is no Ethernet.
Result<NextHop, IoError> FindNextHop(const std::vector<std::string>& devices,
                                     const IpAddress& destination);

}  // namespace tcpcopy
