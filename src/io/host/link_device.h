#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "netstack/base/result.h"
#include "netstack/wire/mac_address.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// A network interface as its link layer is, at one moment.
struct LinkDevice {
  std::string name;
  std::uint32_t index = 0;
  MacAddress mac;            // of Ethernet
  std::size_t mtu = 0;       // bytes of the largest IP packet
  bool is_ethernet = false;  // its frames have Ethernet headers
  bool is_up = false;

  bool operator==(const LinkDevice&) const = default;

  /// Asks the kernel. The error names the interface.
  static Result<LinkDevice, IoError> Named(const std::string& name);
};

}  // namespace tcpcopy
