#include "netstack/wire/tunnel.h"

#include <optional>

#include "netstack/wire/ether_type.h"
#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

/// Takes a tunnel's header apart from front to back. Whoever reads beyond the captured bytes gets
/// zeros, and at the end no frame.
class Header {
 public:
  Header(ConstBytes payload, std::size_t wire_length)
      : whole_{LinkType::kRawIp, payload, wire_length} {}

  std::uint8_t Read8() {
    Skip(1);
    return complete() ? whole_.bytes[at_ - 1] : std::uint8_t{0};
  }
  std::uint16_t Read16() {
    Skip(2);
    return complete() ? LoadBe16(whole_.bytes.data() + at_ - 2) : std::uint16_t{0};
  }
  void Skip(std::size_t count) { at_ += count; }
  bool complete() const { return at_ <= whole_.bytes.size(); }

  /// What stands behind all that was read.
  Result<Frame, ParseError> Inside(std::optional<LinkType> link) const {
    if (!complete()) return Err(ParseError::kTruncated);
    if (!link) return Err(ParseError::kNotTcp);
    return whole_.Behind(at_, *link);
  }
  /// The header contradicts the tunnel that it should be of, unless it was only cut.
  tl::unexpected<ParseError> Refused() const {
    return Err(complete() ? ParseError::kNotTcp : ParseError::kTruncated);
  }

 private:
  Frame whole_;
  std::size_t at_ = 0;
};

// ---------------------------------------------------------------------------------------------------
// GRE.

constexpr std::uint16_t kGreChecksum = 0x8000;
constexpr std::uint16_t kGreRouting = 0x4000;  // RFC 1701; dropped by RFC 2784
constexpr std::uint16_t kGreKey = 0x2000;
constexpr std::uint16_t kGreSequence = 0x1000;
constexpr std::uint16_t kGreAcknowledgment = 0x0080;  // version 1 only
constexpr std::uint16_t kGreVersion = 0x0007;

/// Types I and II of ERSPAN share a number; only II is sequenced, and only II has a header.
Result<Frame, ParseError> OpenErspan2(Header header, bool sequenced) {
  if (!sequenced) return header.Inside(LinkType::kEthernet);
  constexpr unsigned kVersion = 1;
  if (header.Read16() >> 12 != kVersion) return header.Refused();
  header.Skip(6);
  return header.Inside(LinkType::kEthernet);
}

Result<Frame, ParseError> OpenErspan3(Header header) {
  constexpr unsigned kVersion = 2;
  constexpr std::uint16_t kHasSubheader = 0x0001;
  if (header.Read16() >> 12 != kVersion) return header.Refused();
  header.Skip(8);
  const std::uint16_t flags = header.Read16();
  if ((flags & kHasSubheader) != 0) header.Skip(8);
  constexpr unsigned kFrameTypeEthernet = 0;
  constexpr unsigned kFrameTypeIp = 2;
  const unsigned frame_type = (flags >> 10) & 0x1FU;
  if (frame_type == kFrameTypeEthernet) return header.Inside(LinkType::kEthernet);
  if (frame_type == kFrameTypeIp) return header.Inside(LinkType::kRawIp);
  return header.Refused();
}

/// Version 1 (RFC 2637 4.1). Without a sequence number it only acknowledges.
Result<Frame, ParseError> OpenPptp(Header header, std::uint16_t flags, std::uint16_t type) {
  if ((flags & kGreKey) == 0 || (flags & kGreSequence) == 0) return header.Refused();
  header.Skip((flags & kGreAcknowledgment) != 0 ? 12 : 8);
  return header.Inside(LinkTypeOf(type));
}

Result<Frame, ParseError> OpenGre(Header header) {
  constexpr std::uint16_t kErspan2 = 0x88BE;
  constexpr std::uint16_t kErspan3 = 0x22EB;
  const std::uint16_t flags = header.Read16();
  const std::uint16_t type = header.Read16();
  const unsigned version = flags & kGreVersion;
  if (version == 1) return OpenPptp(header, flags, type);
  if (version != 0 || (flags & kGreRouting) != 0) return header.Refused();
  for (const std::uint16_t field : {kGreChecksum, kGreKey, kGreSequence}) {
    if ((flags & field) != 0) header.Skip(4);
  }
  if (type == kErspan2) return OpenErspan2(header, (flags & kGreSequence) != 0);
  if (type == kErspan3) return OpenErspan3(header);
  return header.Inside(LinkTypeOf(type));
}

// ---------------------------------------------------------------------------------------------------
// Tunnels over UDP.

Result<Frame, ParseError> OpenVxlan(Header header) {
  constexpr std::uint8_t kHasNetwork = 0x08;
  if ((header.Read8() & kHasNetwork) == 0) return header.Refused();
  header.Skip(7);
  return header.Inside(LinkType::kEthernet);
}

Result<Frame, ParseError> OpenGeneve(Header header) {
  const std::uint8_t front = header.Read8();
  if (front >> 6 != 0) return header.Refused();  // another version
  header.Skip(1);
  const std::uint16_t type = header.Read16();
  header.Skip(4 + std::size_t{front & 0x3FU} * 4);  // network, options
  return header.Inside(LinkTypeOf(type));
}

/// 3GPP TS 29.281 5: a header of 8 bytes; 4 more when any of three flags is set, of which the last
/// names an extension header, and so does the last byte of each of those.
Result<Frame, ParseError> OpenGtp(Header header) {
  constexpr std::uint8_t kVersionAndProtocol = 0xF0;
  constexpr std::uint8_t kVersion1OfGtp = 0x30;
  constexpr std::uint8_t kExtension = 0x04;
  constexpr std::uint8_t kAnyOptional = 0x07;  // extension, sequence number, N-PDU number
  constexpr std::uint8_t kUserPacket = 255;    // G-PDU
  const std::uint8_t flags = header.Read8();
  const std::uint8_t message = header.Read8();
  if ((flags & kVersionAndProtocol) != kVersion1OfGtp || message != kUserPacket) {
    return header.Refused();
  }
  header.Skip(6);  // length, tunnel
  if ((flags & kAnyOptional) != 0) {
    header.Skip(3);
    std::uint8_t next = header.Read8();
    if ((flags & kExtension) == 0) next = 0;
    while (next != 0) {
      const std::size_t units = header.Read8();
      if (units == 0) return header.Refused();
      header.Skip(units * 4 - 2);
      next = header.Read8();
    }
  }
  return header.Inside(LinkType::kRawIp);
}

Result<Frame, ParseError> OpenUdp(Header header) {
  header.Skip(2);
  const std::uint16_t destination_port = header.Read16();
  header.Skip(4);
  switch (destination_port) {
    case 2152:
      return OpenGtp(header);
    case 4789:
    case 8472:  // Linux, before there was a registered one
      return OpenVxlan(header);
    case 6081:
      return OpenGeneve(header);
    default:
      return header.Refused();
  }
}

}  // namespace

Result<Frame, ParseError> OpenTunnel(std::uint8_t protocol, ConstBytes payload,
                                     std::size_t wire_length) {
  const Header header(payload, wire_length);
  switch (protocol) {
    case kIpProtocolIpv4:
      return header.Inside(LinkType::kIpv4);
    case kIpProtocolIpv6:
      return header.Inside(LinkType::kIpv6);
    case kIpProtocolGre:
      return OpenGre(header);
    case kIpProtocolUdp:
      return OpenUdp(header);
    default:
      return Err(ParseError::kNotTcp);
  }
}

}  // namespace tcpcopy
