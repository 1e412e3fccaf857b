#pragma once

#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/link_type.h"
#include "netstack/wire/parse_error.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// One captured frame, understood down to TCP. Non-owning: dies with the frame's buffer.
struct PacketView {
  /// Sender first: `flow.local` sent the packet to `flow.peer`.
  FlowKey flow;
  TcpSegment segment;
};

/// Reads `frame`, which begins with the header of `link`, down to its TCP segment. Judges shape,
/// never meaning: checksums are not looked at, because captures on the sending host hold unfinished
/// ones (offload). Payload that the capture cut is reported by `segment.payload_length`; Ethernet
/// padding is left out. A total length of zero in IPv4 (TSO) means "as long as the frame".
/// `wire_length` is the frame's length on the wire in bytes (`>= frame.size()`).
Result<PacketView, ParseError> ParsePacket(LinkType link, ConstBytes frame,
                                           std::size_t wire_length);

}  // namespace tcpcopy
