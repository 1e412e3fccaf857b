#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "netstack/wire/ip_address.h"

namespace tcpcopy {

/// The addresses that begin with the first `prefix_length` bits of `address`.
struct Network {
  IpAddress address;      // its other bits are zero
  int prefix_length = 0;  // 0..32 (IPv4) or 0..128 (IPv6)

  bool operator==(const Network&) const = default;

  /// Only addresses of its own family are in it.
  bool Contains(const IpAddress& candidate) const;
  /// "10.0.0.0/8"; a single address without the length.
  std::string ToString() const;

  /// "10.0.0.0/8", "2001:db8::/32", or a single address. Bits behind the prefix are an error: who
  /// writes 10.0.0.1/8 means something else than we would do.
  static std::optional<Network> Parse(std::string_view text);
  /// Like Parse, with bits behind the prefix left out: what the user may have meant.
  static std::optional<Network> ParseLoosely(std::string_view text);
  /// The network of `address` with that many bits, which must be possible in its family.
  static Network Of(const IpAddress& address, int prefix_length);
};

}  // namespace tcpcopy
