#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// An end of a connection as people write it: an address, a port, or both.
struct HostPort {
  std::optional<IpAddress> address;
  std::optional<std::uint16_t> port;  // 1..65535

  /// "[2001:db8::1]:80", "[2001:db8::1]", "10.0.0.1:80", "10.0.0.1" or "80"; numeric only. The
  /// error is a phrase about the text, such as "'x' is no port (1..65535)".
  static Result<HostPort, std::string> Parse(std::string_view text);
};

}  // namespace tcpcopy
