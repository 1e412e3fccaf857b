#pragma once

#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/link.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// What an IP packet carries when it is the outside of a tunnel: IPv4 and IPv6 in IP (RFC 2003, RFC
/// 2473), GRE (RFC 2784, RFC 2890) with all that has an EtherType, PPTP (RFC 2637), ERSPAN of types
/// I to III, VXLAN (RFC 7348), Geneve (RFC 8926), GTP-U (3GPP TS 29.281). UDP tunnels are known by
/// their registered destination port; VXLAN also by the one that Linux began with.
///
/// `payload` stands behind the IP headers, whose last names `protocol`, and is `wire_length` bytes
/// long on the wire (at least `payload.size()`). Errors: kTruncated; kNotTcp for what is no such
/// tunnel, does not look like one, or carries no user's packet (echo, keep-alive, end marker).
Result<Frame, ParseError> OpenTunnel(std::uint8_t protocol, ConstBytes payload,
                                     std::size_t wire_length);

}  // namespace tcpcopy
