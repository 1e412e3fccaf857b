#include "netstack/wire/ipv6_view.h"

#include <algorithm>

#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

bool IsWalkedExtension(std::uint8_t next_header) {
  return next_header == kIpProtocolHopByHop || next_header == kIpProtocolRouting ||
         next_header == kIpProtocolDestinationOptions;
}

}  // namespace

Result<Ipv6View, ParseError> Ipv6View::Parse(ConstBytes packet, std::size_t wire_length) {
  if (packet.empty()) return Err(ParseError::kTruncated);
  if (packet[0] >> 4 != 6) return Err(ParseError::kBadIpHeader);
  if (packet.size() < kHeaderBytes) return Err(ParseError::kTruncated);

  const std::size_t told = LoadBe16(packet.data() + 4);
  // No TCP packet has an empty payload, so zero always stands for "longer than 16 bits can tell".
  const std::size_t length = told != 0 ? kHeaderBytes + told : std::max(wire_length, packet.size());
  const std::size_t captured = std::min(packet.size(), length);

  constexpr std::size_t kExtensionUnit = 8;
  std::size_t offset = kHeaderBytes;
  std::uint8_t next_header = packet[6];
  while (IsWalkedExtension(next_header)) {
    if (length - offset < kExtensionUnit) return Err(ParseError::kBadIpHeader);
    if (captured - offset < kExtensionUnit) return Err(ParseError::kTruncated);
    next_header = packet[offset];
    const std::size_t extension_length = (std::size_t{packet[offset + 1]} + 1) * kExtensionUnit;
    if (length - offset < extension_length) return Err(ParseError::kBadIpHeader);
    if (captured - offset < extension_length) return Err(ParseError::kTruncated);
    offset += extension_length;
  }
  if (next_header == kIpProtocolFragment) return Err(ParseError::kFragment);
  return Ipv6View(packet.data(), next_header, packet.subspan(offset, captured - offset),
                  length - offset);
}

}  // namespace tcpcopy
