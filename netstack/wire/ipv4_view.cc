#include "netstack/wire/ipv4_view.h"

#include <algorithm>

namespace tcpcopy {

Result<Ipv4View, ParseError> Ipv4View::Parse(ConstBytes packet, std::size_t wire_length) {
  if (packet.empty()) return Err(ParseError::kTruncated);
  if (packet[0] >> 4 != 4) return Err(ParseError::kBadIpHeader);
  if (packet.size() < kMinHeaderBytes) return Err(ParseError::kTruncated);

  const std::size_t header_length = std::size_t{packet[0] & 0x0FU} * 4;
  const std::size_t total_length = LoadBe16(packet.data() + 2);
  if (header_length < kMinHeaderBytes) return Err(ParseError::kBadIpHeader);
  if (total_length != 0 && total_length < header_length) return Err(ParseError::kBadIpHeader);
  if (packet.size() < header_length) return Err(ParseError::kTruncated);

  constexpr unsigned kMoreFragmentsAndOffset = 0x3FFF;
  if ((LoadBe16(packet.data() + 6) & kMoreFragmentsAndOffset) != 0) {
    return Err(ParseError::kFragment);
  }

  // A frame longer than 64 KiB (TSO, GRO) has a total length of zero.
  const std::size_t length =
      total_length != 0 ? total_length : std::max(wire_length, packet.size());
  const std::size_t captured = std::min(packet.size(), length);
  return Ipv4View(packet.data(), packet.subspan(header_length, captured - header_length),
                  length - header_length);
}

}  // namespace tcpcopy
