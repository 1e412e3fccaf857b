#pragma once

#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// An address of one of this host's interfaces, and the network that is reached through it.
struct InterfaceAddress {
  std::string interface;
  IpAddress address;
  int prefix_length = 0;

  bool operator==(const InterfaceAddress&) const = default;
};

/// All of them, loopback's too, in the kernel's order.
Result<std::vector<InterfaceAddress>, IoError> InterfaceAddresses();

/// The bits of a netmask before its first zero.
int PrefixLength(const IpAddress& netmask);

}  // namespace tcpcopy
