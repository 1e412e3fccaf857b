#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/link.h"
#include "netstack/wire/parse_error.h"
#include "netstack/wire/tunnel.h"

namespace tcpcopy {

/// How deep tunnels may lie in each other. What lies deeper is kNotTcp.
inline constexpr int kMaxTunnels = 8;

/// What an IP packet of either family carries. Non-owning: dies with the frame's buffer.
struct IpPayload {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol = 0;
  ConstBytes bytes;             // as captured, without link padding
  std::size_t wire_length = 0;  // bytes on the wire, at least `bytes.size()`

  /// Errors: those of Ipv4View and Ipv6View.
  static Result<IpPayload, ParseError> Read(const LinkPayload& packet);
};

/// Takes link layers (`StripLink`), IP headers and tunnels (`OpenTunnel`) off `frame` until
/// `accept(const IpPayload&)` is true. What is neither accepted nor a tunnel is kNotTcp.
///
/// When the error is kFragment, `fragment` is the IP packet that is one, whether it is the frame's
/// outermost or lies in a tunnel; otherwise it is left alone.
template <typename Accept>
Result<IpPayload, ParseError> FindIpPayload(const Frame& frame, ConstBytes& fragment,
                                            Accept accept) {
  Frame rest = frame;
  for (int tunnels = 0; tunnels <= kMaxTunnels; ++tunnels) {
    const Result<LinkPayload, ParseError> packet = StripLink(rest);
    if (!packet) return Err(packet.error());
    const Result<IpPayload, ParseError> ip = IpPayload::Read(*packet);
    if (!ip) {
      if (ip.error() == ParseError::kFragment) fragment = packet->packet;
      return Err(ip.error());
    }
    if (accept(*ip)) return ip;
    const Result<Frame, ParseError> inside = OpenTunnel(ip->protocol, ip->bytes, ip->wire_length);
    if (!inside) return Err(inside.error());
    rest = *inside;
  }
  return Err(ParseError::kNotTcp);
}

}  // namespace tcpcopy
