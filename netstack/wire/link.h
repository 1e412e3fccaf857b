#pragma once

#include <cstddef>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/link_type.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// What a frame carries behind its link-layer headers. Non-owning: dies with the frame's buffer.
struct LinkPayload {
  IpFamily family = IpFamily::kV4;  // as the link layer tells; the packet has still to agree
  ConstBytes packet;                // begins with the IP header; padding may stand behind it
  std::size_t wire_length = 0;      // bytes from the IP header to the frame's end on the wire
};

/// Takes the link-layer headers off, VLAN tags (802.1Q, 802.1ad, any number of them) included.
/// `wire_length` is the frame's length on the wire in bytes; less than `frame.size()` counts as
/// `frame.size()`. Errors: kTruncated, kNotIp, kUnsupportedLinkType.
Result<LinkPayload, ParseError> StripLink(LinkType link, ConstBytes frame, std::size_t wire_length);

}  // namespace tcpcopy
