#include "netstack/wire/link.h"

#include <algorithm>

namespace tcpcopy {
namespace {

constexpr std::uint16_t kEtherTypeIpv4 = 0x0800;
constexpr std::uint16_t kEtherTypeIpv6 = 0x86DD;

bool IsVlanTag(std::uint16_t ether_type) {
  return ether_type == 0x8100 ||  // 802.1Q
         ether_type == 0x88A8 ||  // 802.1ad, outer tag of QinQ
         ether_type == 0x9100;    // outer tag before there was 802.1ad
}

Result<LinkPayload, ParseError> Payload(IpFamily family, ConstBytes frame, std::size_t wire_length,
                                        std::size_t header_length) {
  return LinkPayload{family, frame.subspan(header_length), wire_length - header_length};
}

/// For headers that name their payload by an EtherType at `type_offset` and end at `header_length`.
/// Each VLAN tag behind adds two bytes of tag control and the next EtherType.
Result<LinkPayload, ParseError> StripTyped(ConstBytes frame, std::size_t wire_length,
                                           std::size_t type_offset, std::size_t header_length) {
  if (frame.size() < header_length) return Err(ParseError::kTruncated);
  std::uint16_t type = LoadBe16(frame.data() + type_offset);
  while (IsVlanTag(type)) {
    constexpr std::size_t kTagBytes = 4;
    if (frame.size() < header_length + kTagBytes) return Err(ParseError::kTruncated);
    type = LoadBe16(frame.data() + header_length + 2);
    header_length += kTagBytes;
  }
  if (type == kEtherTypeIpv4) return Payload(IpFamily::kV4, frame, wire_length, header_length);
  if (type == kEtherTypeIpv6) return Payload(IpFamily::kV6, frame, wire_length, header_length);
  return Err(ParseError::kNotIp);
}

/// The IP family that an address family of BSD loopback headers means.
Result<IpFamily, ParseError> FamilyOf(std::uint32_t address_family) {
  switch (address_family) {
    case 2:
      return IpFamily::kV4;
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // macOS
      return IpFamily::kV6;
    default:
      return Err(ParseError::kNotIp);
  }
}

constexpr std::uint32_t SwapBytes(std::uint32_t v) {
  return (v >> 24) | ((v >> 8) & 0xFF00U) | ((v << 8) & 0xFF0000U) | (v << 24);
}

Result<LinkPayload, ParseError> StripLoopback(LinkType link, ConstBytes frame,
                                              std::size_t wire_length) {
  constexpr std::size_t kHeaderBytes = 4;
  if (frame.size() < kHeaderBytes) return Err(ParseError::kTruncated);
  const std::uint32_t network_order = LoadBe32(frame.data());
  Result<IpFamily, ParseError> family = FamilyOf(network_order);
  // kNull has the byte order of the host that captured. Address families are small, so only one
  // reading makes sense.
  if (!family && link == LinkType::kNull) family = FamilyOf(SwapBytes(network_order));
  if (!family) return Err(family.error());
  return Payload(*family, frame, wire_length, kHeaderBytes);
}

Result<LinkPayload, ParseError> StripRaw(ConstBytes frame, std::size_t wire_length) {
  if (frame.empty()) return Err(ParseError::kTruncated);
  switch (frame[0] >> 4) {
    case 4:
      return Payload(IpFamily::kV4, frame, wire_length, 0);
    case 6:
      return Payload(IpFamily::kV6, frame, wire_length, 0);
    default:
      return Err(ParseError::kNotIp);
  }
}

}  // namespace

Result<LinkPayload, ParseError> StripLink(LinkType link, ConstBytes frame,
                                          std::size_t wire_length) {
  wire_length = std::max(wire_length, frame.size());
  switch (link) {
    case LinkType::kEthernet:
      return StripTyped(frame, wire_length, 12, 14);
    case LinkType::kLinuxSll:
      return StripTyped(frame, wire_length, 14, 16);
    case LinkType::kLinuxSll2:
      return StripTyped(frame, wire_length, 0, 20);
    case LinkType::kNull:
    case LinkType::kLoop:
      return StripLoopback(link, frame, wire_length);
    case LinkType::kRawIp:
      return StripRaw(frame, wire_length);
    case LinkType::kIpv4:
      return Payload(IpFamily::kV4, frame, wire_length, 0);
    case LinkType::kIpv6:
      return Payload(IpFamily::kV6, frame, wire_length, 0);
  }
  return Err(ParseError::kUnsupportedLinkType);
}

}  // namespace tcpcopy
