#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/link_type.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// Bytes that begin with a header of `link`, as they were captured. Non-owning: dies with the
/// capture's buffer.
struct Frame {
  LinkType link = LinkType::kEthernet;
  ConstBytes bytes;
  std::size_t wire_length = 0;  // bytes on the wire, at least `bytes.size()`

  /// What follows the first `header_length` bytes (at most `bytes.size()`).
  Frame Behind(std::size_t header_length, LinkType next) const {
    return {next, bytes.subspan(header_length), wire_length - header_length};
  }
};

/// What a frame carries behind its link-layer headers. Non-owning: dies with the frame's buffer.
struct LinkPayload {
  IpFamily family = IpFamily::kV4;  // as the link layer tells; the packet has still to agree
  ConstBytes packet;                // begins with the IP header; padding may stand behind it
  std::size_t wire_length = 0;      // bytes from the IP header to the frame's end on the wire
};

/// Where IPv4 begins in nearly all frames: right behind a link header of a fixed length that names
/// it. Empty when `StripLink` has to tell.
inline std::optional<std::size_t> PlainIpv4At(const Frame& frame) {
  constexpr std::uint16_t kIpv4 = 0x0800;
  const auto named_at = [&](std::size_t type_at, std::size_t length) {
    const bool is_named =
        frame.bytes.size() > length && LoadBe16(frame.bytes.data() + type_at) == kIpv4;
    return is_named ? std::optional(length) : std::nullopt;
  };
  switch (frame.link) {
    case LinkType::kEthernet:
      return named_at(12, 14);
    case LinkType::kLinuxSll:
      return named_at(14, 16);
    case LinkType::kLinuxSll2:
      return named_at(0, 20);
    case LinkType::kRawIp:
      if (frame.bytes.empty() || frame.bytes[0] >> 4 != 4) return std::nullopt;
      return 0;
    default:
      return std::nullopt;
  }
}

/// Takes all headers below IP off: the link's own, VLAN tags (802.1Q, 802.1ad), PPPoE, PPP, MPLS
/// labels and the Ethernet of pseudo-wires behind them (RFC 4448), any number of each. A
/// `wire_length` below the captured length counts as that. Errors: kTruncated, kNotIp,
/// kUnsupportedLinkType.
Result<LinkPayload, ParseError> StripLink(const Frame& frame);

}  // namespace tcpcopy
