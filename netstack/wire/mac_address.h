#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace tcpcopy {

/// An Ethernet address (EUI-48).
struct MacAddress {
  std::array<std::uint8_t, 6> bytes{};

  bool operator==(const MacAddress&) const = default;
  auto operator<=>(const MacAddress&) const = default;

  /// "02:00:5e:10:00:01", or with '-' between the bytes; either case.
  static std::optional<MacAddress> Parse(std::string_view text);
  /// Lower case, with ':'.
  std::string ToString() const;
};

}  // namespace tcpcopy
