#pragma once

#include <array>
#include <bit>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "netstack/base/bytes.h"

namespace tcpcopy {

enum class IpFamily : std::uint8_t { kV4 = 4, kV6 = 6 };

/// An IPv4 or IPv6 address. IPv4 uses the first four bytes, the others are zero.
class IpAddress {
 public:
  constexpr IpAddress() = default;

  static constexpr IpAddress V4(std::uint32_t host_order) {
    IpAddress address;
    StoreBe32(address.bytes_.data(), host_order);
    return address;
  }
  /// `network_order` must hold 4 (IPv4) or 16 (IPv6) bytes.
  static IpAddress FromBytes(ConstBytes network_order);
  /// Numeric text only ("10.0.0.1", "2001:db8::1"), no brackets, no scope.
  static std::optional<IpAddress> Parse(std::string_view text);

  constexpr IpFamily family() const { return family_; }
  constexpr bool IsV4() const { return family_ == IpFamily::kV4; }
  /// 4 or 16 bytes in network order, valid as long as this object.
  ConstBytes bytes() const { return {bytes_.data(), IsV4() ? 4U : 16U}; }
  /// Host-order value of an IPv4 address.
  constexpr std::uint32_t v4() const { return LoadBe32(bytes_.data()); }
  /// The `n`-th address behind this one. Of IPv6 the last 64 bits count; behind the last address
  /// comes the first.
  IpAddress Behind(std::uint64_t n) const;
  /// The bytes as two words of the machine's order, for hashing.
  constexpr std::pair<std::uint64_t, std::uint64_t> Words() const {
    const auto words = std::bit_cast<std::array<std::uint64_t, 2>>(bytes_);
    return {words[0], words[1]};
  }
  bool IsLoopback() const;
  bool IsUnspecified() const;

  std::string ToString() const;

  constexpr bool operator==(const IpAddress& other) const {
    // Two words, where comparing arrays would call for a comparison of bytes.
    return Words() == other.Words() && family_ == other.family_;
  }
  constexpr auto operator<=>(const IpAddress&) const = default;

 private:
  std::array<std::uint8_t, 16> bytes_{};
  IpFamily family_ = IpFamily::kV4;
};

}  // namespace tcpcopy
