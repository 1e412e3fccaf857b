#pragma once

#include <cstddef>

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

/// Takes all headers below IP off: the link's own, VLAN tags (802.1Q, 802.1ad), PPPoE, PPP, MPLS
/// labels and the Ethernet of pseudo-wires behind them (RFC 4448), any number of each. A
/// `wire_length` below the captured length counts as that. Errors: kTruncated, kNotIp,
/// kUnsupportedLinkType.
Result<LinkPayload, ParseError> StripLink(const Frame& frame);

}  // namespace tcpcopy
