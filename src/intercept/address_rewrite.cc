#include "src/intercept/address_rewrite.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr std::size_t kV4ChecksumAt = 10;
constexpr std::size_t kV4SourceAt = 12;
constexpr std::size_t kV6SourceAt = 8;
constexpr std::size_t kTcpChecksumAt = 16;

/// RFC 1624 3: a checksum follows the change of a 16-bit word under it.
void Follow(std::uint8_t* checksum, std::uint16_t before, std::uint16_t after) {
  std::uint32_t sum = static_cast<std::uint16_t>(~LoadBe16(checksum));
  sum += static_cast<std::uint16_t>(~before);
  sum += after;
  sum = (sum & 0xFFFFU) + (sum >> 16);
  sum = (sum & 0xFFFFU) + (sum >> 16);
  StoreBe16(checksum, static_cast<std::uint16_t>(~sum));
}

Result<HostPort, std::string> ParseEnd(std::string_view text) {
  auto end = HostPort::Parse(text);
  if (end && !end->address) return Err(fmt::format("'{}' has no address", text));
  return end;
}

}  // namespace

Result<std::vector<AddressRewrite>, std::string> AddressRewrite::Parse(std::string_view text) {
  std::vector<AddressRewrite> all;
  while (true) {
    const std::size_t comma = text.find(',');
    const std::string_view one = text.substr(0, comma);
    const std::size_t dash = one.find('-');
    if (dash == std::string_view::npos) return Err(fmt::format("'{}' has no '-'", one));
    const auto from = ParseEnd(one.substr(0, dash));
    if (!from) return Err(from.error());
    const auto to = ParseEnd(one.substr(dash + 1));
    if (!to) return Err(to.error());
    if (from->address->family() != to->address->family()) {
      return Err(fmt::format("'{}' names two IP families", one));
    }
    if (from->port.has_value() != to->port.has_value()) {
      return Err(fmt::format("'{}' has one port only", one));
    }
    if (all.size() == kMost) return Err(fmt::format("there are more than {} of them", kMost));
    all.push_back(AddressRewrite(*from, *to));
    if (comma == std::string_view::npos) return all;
    text.remove_prefix(comma + 1);
  }
}

bool AddressRewrite::Apply(MutableBytes packet, std::size_t tcp_at) const {
  const bool v4 = packet[0] >> 4 == 4;
  if (v4 != from_.address->IsV4()) return false;
  const std::size_t source_at = v4 ? kV4SourceAt : kV6SourceAt;
  const std::size_t destination_at = source_at + from_.address->bytes().size();
  const bool source = ApplyAt(packet, source_at, tcp_at, tcp_at + kTcpChecksumAt);
  const bool destination = ApplyAt(packet, destination_at, tcp_at + 2, tcp_at + kTcpChecksumAt);
  return source || destination;
}

bool AddressRewrite::ApplyAt(MutableBytes packet, std::size_t address_at, std::size_t port_at,
                             std::size_t checksum_at) const {
  const ConstBytes from = from_.address->bytes();
  const ConstBytes to = to_.address->bytes();
  std::uint8_t* const port = &packet[port_at];
  if (!std::ranges::equal(packet.subspan(address_at, from.size()), from)) return false;
  if (from_.port && LoadBe16(port) != *from_.port) return false;
  std::uint8_t* const checksum = &packet[checksum_at];
  for (std::size_t i = 0; i < to.size(); i += 2) {
    std::uint8_t* const word = &packet[address_at + i];
    const std::uint16_t after = LoadBe16(&to[i]);
    Follow(checksum, LoadBe16(word), after);
    if (from_.address->IsV4()) Follow(&packet[kV4ChecksumAt], LoadBe16(word), after);
    StoreBe16(word, after);
  }
  if (to_.port) {
    Follow(checksum, LoadBe16(port), *to_.port);
    StoreBe16(port, *to_.port);
  }
  return true;
}

}  // namespace tcpcopy
