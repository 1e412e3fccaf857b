#include "netstack/wire/network.h"

#include <algorithm>
#include <array>
#include <charconv>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

int Bits(const IpAddress& address) { return address.IsV4() ? 32 : 128; }

/// The bits of byte `index` that a prefix of that length covers.
std::uint8_t MaskOfByte(std::size_t index, int prefix_length) {
  const int bits = std::clamp(prefix_length - static_cast<int>(index) * 8, 0, 8);
  return static_cast<std::uint8_t>(0xff00 >> bits);
}

std::optional<int> ParseLength(std::string_view text) {
  int value = 0;
  const bool digits =
      !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
  const auto end = std::from_chars(text.data(), text.data() + text.size(), value);
  if (!digits || end.ec != std::errc()) return std::nullopt;
  return value;
}

}  // namespace

bool Network::Contains(const IpAddress& candidate) const {
  return candidate.family() == address.family() && Of(candidate, prefix_length) == *this;
}

std::string Network::ToString() const {
  const std::string text = address.ToString();
  return prefix_length == Bits(address) ? text : text + "/" + std::to_string(prefix_length);
}

std::optional<Network> Network::Parse(std::string_view text) {
  const auto network = ParseLoosely(text);
  if (!network || network->address != IpAddress::Parse(text.substr(0, text.find('/')))) {
    return std::nullopt;
  }
  return network;
}

std::optional<Network> Network::ParseLoosely(std::string_view text) {
  const std::size_t slash = text.find('/');
  const auto address = IpAddress::Parse(text.substr(0, slash));
  if (!address) return std::nullopt;
  if (slash == std::string_view::npos) return Of(*address, Bits(*address));
  const auto length = ParseLength(text.substr(slash + 1));
  if (!length || *length > Bits(*address)) return std::nullopt;
  return Of(*address, *length);
}

Network Network::Of(const IpAddress& address, int prefix_length) {
  TCPCOPY_CHECK(prefix_length >= 0 && prefix_length <= Bits(address));
  std::array<std::uint8_t, 16> bytes{};
  const ConstBytes given = address.bytes();
  for (std::size_t i = 0; i < given.size(); ++i) {
    bytes[i] = static_cast<std::uint8_t>(given[i] & MaskOfByte(i, prefix_length));
  }
  return {IpAddress::FromBytes({bytes.data(), given.size()}), prefix_length};
}

}  // namespace tcpcopy
