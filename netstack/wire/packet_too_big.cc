#include "netstack/wire/packet_too_big.h"

#include "netstack/wire/icmp_error.h"

namespace tcpcopy {
namespace {

constexpr std::uint8_t kFragmentationNeeded = 4;  // code of "unreachable" in IPv4
constexpr std::uint8_t kTooBigV6 = 2;             // type in IPv6

/// RFC 1191 7: the sizes that links have, largest first.
std::uint32_t NextSizeBelow(std::uint32_t length) {
  constexpr std::uint32_t kPlateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
  for (const std::uint32_t size : kPlateaus) {
    if (size < length) return size;
  }
  return 68;
}

/// Empty when the message tells of something else.
std::optional<std::uint32_t> MtuOf(const IcmpError& error) {
  if (!error.from.IsV4()) {
    return error.type == kTooBigV6 ? std::optional(error.rest) : std::nullopt;
  }
  if (!error.IsUnreachable() || error.code != kFragmentationNeeded) return std::nullopt;
  const std::uint32_t told = error.rest & 0xffff;
  return told != 0 ? told : NextSizeBelow(LoadBe16(error.quoted.data() + 2));
}

}  // namespace

std::optional<PacketTooBig> PacketTooBig::Parse(const Frame& frame, std::uint8_t protocol) {
  const std::optional<IcmpError> error = IcmpError::Parse(frame, protocol);
  if (!error) return std::nullopt;
  const std::optional<std::uint32_t> mtu = MtuOf(*error);
  if (!mtu) return std::nullopt;
  return PacketTooBig{.flow = error->flow, .seq = error->seq, .mtu = *mtu};
}

}  // namespace tcpcopy
