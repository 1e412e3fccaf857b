#include "netstack/wire/link.h"

#include <algorithm>

#include "netstack/wire/ether_type.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kEthernetTypeAt = 12;

/// For headers that name their payload by an EtherType at `type_offset` and end at `header_length`.
/// Each VLAN tag behind adds two bytes of tag control and the next EtherType.
Result<Frame, ParseError> StripTyped(const Frame& frame, std::size_t type_offset,
                                     std::size_t header_length) {
  const ConstBytes bytes = frame.bytes;
  if (bytes.size() < header_length) return Err(ParseError::kTruncated);
  std::uint16_t type = LoadBe16(bytes.data() + type_offset);
  while (IsVlanTag(type)) {
    constexpr std::size_t kTagBytes = 4;
    if (bytes.size() < header_length + kTagBytes) return Err(ParseError::kTruncated);
    type = LoadBe16(bytes.data() + header_length + 2);
    header_length += kTagBytes;
  }
  const std::optional<LinkType> next = LinkTypeOf(type);
  if (!next) return Err(ParseError::kNotIp);
  return frame.Behind(header_length, *next);
}

/// The IP family that an address family of BSD loopback headers means.
Result<LinkType, ParseError> FamilyOf(std::uint32_t address_family) {
  switch (address_family) {
    case 2:
      return LinkType::kIpv4;
    case 10:  // Linux
    case 24:  // NetBSD, OpenBSD
    case 28:  // FreeBSD
    case 30:  // macOS
      return LinkType::kIpv6;
    default:
      return Err(ParseError::kNotIp);
  }
}

constexpr std::uint32_t SwapBytes(std::uint32_t v) {
  return (v >> 24) | ((v >> 8) & 0xFF00U) | ((v << 8) & 0xFF0000U) | (v << 24);
}

Result<Frame, ParseError> StripLoopback(const Frame& frame) {
  constexpr std::size_t kHeaderBytes = 4;
  if (frame.bytes.size() < kHeaderBytes) return Err(ParseError::kTruncated);
  const std::uint32_t network_order = LoadBe32(frame.bytes.data());
  Result<LinkType, ParseError> family = FamilyOf(network_order);
  // kNull has the byte order of the host that captured. Address families are small, so only one
  // reading makes sense.
  if (!family && frame.link == LinkType::kNull) family = FamilyOf(SwapBytes(network_order));
  if (!family) return Err(family.error());
  return frame.Behind(kHeaderBytes, *family);
}

Result<Frame, ParseError> StripRaw(const Frame& frame) {
  if (frame.bytes.empty()) return Err(ParseError::kTruncated);
  switch (frame.bytes[0] >> 4) {
    case 4:
      return frame.Behind(0, LinkType::kIpv4);
    case 6:
      return frame.Behind(0, LinkType::kIpv6);
    default:
      return Err(ParseError::kNotIp);
  }
}

Result<Frame, ParseError> StripPppoe(const Frame& frame) {
  constexpr std::size_t kHeaderBytes = 6;
  constexpr std::uint8_t kSessionData = 0;
  if (frame.bytes.size() < kHeaderBytes) return Err(ParseError::kTruncated);
  if (frame.bytes[1] != kSessionData) return Err(ParseError::kNotIp);
  return frame.Behind(kHeaderBytes, LinkType::kPpp);
}

/// RFC 1661 2, with the compressions of 6.5 (a protocol of one byte) and 6.6 (no address and
/// control). On serial lines Cisco's HDLC comes under the same link type; its first byte is another
/// address.
Result<Frame, ParseError> StripPpp(const Frame& frame) {
  constexpr std::uint8_t kAllStations = 0xFF;
  constexpr std::uint8_t kCiscoUnicast = 0x0F;
  constexpr std::uint8_t kCiscoMulticast = 0x8F;
  const ConstBytes bytes = frame.bytes;
  if (bytes.empty()) return Err(ParseError::kTruncated);
  if (bytes[0] == kCiscoUnicast || bytes[0] == kCiscoMulticast) {
    return frame.Behind(0, LinkType::kCiscoHdlc);
  }
  std::size_t at = bytes[0] == kAllStations ? 2 : 0;
  if (at >= bytes.size()) return Err(ParseError::kTruncated);
  unsigned protocol = bytes[at++];
  if (protocol % 2 == 0) {  // only the last byte is odd
    if (at >= bytes.size()) return Err(ParseError::kTruncated);
    protocol = protocol << 8 | bytes[at++];
  }
  switch (protocol) {
    case 0x0021:
      return frame.Behind(at, LinkType::kIpv4);
    case 0x0057:
      return frame.Behind(at, LinkType::kIpv6);
    case 0x0281:
    case 0x0283:
      return frame.Behind(at, LinkType::kMpls);
    default:
      return Err(ParseError::kNotIp);
  }
}

constexpr std::size_t kIpLengthsEnd = 6;  // the later of the two families' length fields

bool LooksLikeEthernet(ConstBytes bytes) {
  if (bytes.size() < kEthernetBytes) return false;
  const std::uint16_t type = LoadBe16(bytes.data() + kEthernetTypeAt);
  return IsVlanTag(type) || LinkTypeOf(type).has_value();
}

/// Whether a frame of at least `kIpLengthsEnd` bytes may be an IP packet: the address at the front
/// of an Ethernet header can begin with a half byte of 4 or 6, too, but hardly goes on with a
/// length that fits.
bool LooksLikeIp(const Frame& frame) {
  const ConstBytes bytes = frame.bytes;
  if (bytes[0] >> 4 == 4) {
    return (bytes[0] & 0x0F) >= 5 && LoadBe16(bytes.data() + 2) <= frame.wire_length;
  }
  return bytes[0] >> 4 == 6 && LoadBe16(bytes.data() + 4) + 40U <= frame.wire_length;
}

/// RFC 3032 2.1. Nothing tells what the last label leads to; RFC 4928 3 says how it is guessed.
Result<Frame, ParseError> StripMpls(const Frame& frame) {
  constexpr std::size_t kLabelBytes = 4;
  constexpr std::size_t kControlWordBytes = 4;  // RFC 4385 3: begins with a half byte of 0
  constexpr std::uint8_t kBottomOfStack = 0x01;
  std::size_t at = 0;
  do {
    if (frame.bytes.size() < at + kLabelBytes) return Err(ParseError::kTruncated);
    at += kLabelBytes;
  } while ((frame.bytes[at - 2] & kBottomOfStack) == 0);
  const Frame inside = frame.Behind(at, LinkType::kRawIp);
  if (inside.bytes.size() < kIpLengthsEnd) return Err(ParseError::kTruncated);
  if (LooksLikeIp(inside)) return inside;
  if (inside.bytes.size() < kControlWordBytes + kEthernetBytes) return Err(ParseError::kTruncated);
  const bool has_control_word =
      inside.bytes[0] >> 4 == 0 && LooksLikeEthernet(inside.bytes.subspan(kControlWordBytes));
  return inside.Behind(has_control_word ? kControlWordBytes : 0, LinkType::kEthernet);
}

/// Takes one header off.
Result<Frame, ParseError> StripOne(const Frame& frame) {
  switch (frame.link) {
    case LinkType::kEthernet:
      return StripTyped(frame, kEthernetTypeAt, kEthernetBytes);
    case LinkType::kLinuxSll:
      return StripTyped(frame, 14, 16);
    case LinkType::kLinuxSll2:
      return StripTyped(frame, 0, 20);
    case LinkType::kCiscoHdlc:
      return StripTyped(frame, 2, 4);
    case LinkType::kNull:
    case LinkType::kLoop:
      return StripLoopback(frame);
    case LinkType::kPpp:
      return StripPpp(frame);
    case LinkType::kPppoeSession:
      return StripPppoe(frame);
    case LinkType::kMpls:
      return StripMpls(frame);
    case LinkType::kRawIp:
      return StripRaw(frame);
    case LinkType::kIpv4:
    case LinkType::kIpv6:
      return frame;
  }
  return Err(ParseError::kUnsupportedLinkType);
}

}  // namespace

Result<LinkPayload, ParseError> StripLink(const Frame& frame) {
  if (const std::optional<std::size_t> at = PlainIpv4At(frame)) {
    return LinkPayload{IpFamily::kV4, frame.bytes.subspan(*at),
                       std::max(frame.wire_length, frame.bytes.size()) - *at};
  }
  Frame rest = frame;
  rest.wire_length = std::max(frame.wire_length, frame.bytes.size());
  // Ends with the frame: what takes no bytes off names a kind that does, or IP.
  while (rest.link != LinkType::kIpv4 && rest.link != LinkType::kIpv6) {
    const Result<Frame, ParseError> next = StripOne(rest);
    if (!next) return Err(next.error());
    rest = *next;
  }
  return LinkPayload{rest.link == LinkType::kIpv4 ? IpFamily::kV4 : IpFamily::kV6, rest.bytes,
                     rest.wire_length};
}

}  // namespace tcpcopy
