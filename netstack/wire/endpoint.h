#pragma once

#include <compare>
#include <cstdint>
#include <string>

#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// One end of a TCP connection.
struct Endpoint {
  IpAddress address;
  std::uint16_t port = 0;

  bool operator==(const Endpoint&) const = default;
  auto operator<=>(const Endpoint&) const = default;

  /// "10.0.0.1:80" or "[2001:db8::1]:80".
  std::string ToString() const;
};

}  // namespace tcpcopy
