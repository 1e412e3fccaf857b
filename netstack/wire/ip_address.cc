#include "netstack/wire/ip_address.h"

#include <arpa/inet.h>

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {

IpAddress IpAddress::FromBytes(ConstBytes network_order) {
  TCPCOPY_CHECK(network_order.size() == 4 || network_order.size() == 16);
  IpAddress address;
  std::copy(network_order.begin(), network_order.end(), address.bytes_.begin());
  address.family_ = network_order.size() == 4 ? IpFamily::kV4 : IpFamily::kV6;
  return address;
}

std::optional<IpAddress> IpAddress::Parse(std::string_view text) {
  const std::string terminated(text);
  std::array<std::uint8_t, 16> raw{};
  if (inet_pton(AF_INET, terminated.c_str(), raw.data()) == 1) return FromBytes({raw.data(), 4});
  if (inet_pton(AF_INET6, terminated.c_str(), raw.data()) == 1) return FromBytes({raw.data(), 16});
  return std::nullopt;
}

IpAddress IpAddress::Behind(std::uint64_t n) const {
  if (IsV4()) return V4(v4() + static_cast<std::uint32_t>(n));
  IpAddress address = *this;
  std::uint8_t* const half = address.bytes_.data() + 8;
  const std::uint64_t moved = (std::uint64_t{LoadBe32(half)} << 32 | LoadBe32(half + 4)) + n;
  StoreBe32(half, static_cast<std::uint32_t>(moved >> 32));
  StoreBe32(half + 4, static_cast<std::uint32_t>(moved));
  return address;
}

bool IpAddress::IsLoopback() const {
  if (IsV4()) return bytes_[0] == 127;
  return std::all_of(bytes_.begin(), bytes_.end() - 1, [](auto b) { return b == 0; }) &&
         bytes_[15] == 1;
}

bool IpAddress::IsUnspecified() const {
  return std::all_of(bytes_.begin(), bytes_.end(), [](auto b) { return b == 0; });
}

std::string IpAddress::ToString() const {
  char text[INET6_ADDRSTRLEN] = {};
  inet_ntop(IsV4() ? AF_INET : AF_INET6, bytes_.data(), text, sizeof(text));
  return text;
}

}  // namespace tcpcopy
