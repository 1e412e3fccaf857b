#pragma once

#include <cstddef>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/link.h"
#include "netstack/wire/parse_error.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// One captured frame, understood down to TCP. Non-owning: dies with the frame's buffer.
struct PacketView {
  /// Not defaulted, because making one that is would set all of it to zero first.
  PacketView() {}

  /// Sender first: `flow.local` sent the packet to `flow.peer`.
  FlowKey flow;
  TcpSegment segment;
};

/// Reads `frame` down to its TCP segment, through all link layers and tunnels around it
/// (`FindIpPayload`); the flow is the innermost one. Judges shape, never meaning: checksums
/// are not looked at, because captures on the sending host hold unfinished ones (offload). Payload
/// that the capture cut is reported by `segment.payload_length`; Ethernet padding is left out. A
/// total length of zero in IPv4 (TSO) means "as long as the frame".
///
/// When the error is kFragment, `fragment` is the IP packet that is one, whether it is the frame's
/// outermost or lies in a tunnel; otherwise it is left alone.
Result<PacketView, ParseError> ParsePacket(const Frame& frame, ConstBytes& fragment);

/// The same for those who have no use for fragments.
Result<PacketView, ParseError> ParsePacket(LinkType link, ConstBytes frame,
                                           std::size_t wire_length);

}  // namespace tcpcopy
