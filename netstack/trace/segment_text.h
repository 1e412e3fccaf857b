#pragma once

#include <string>

#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// One line without a line end that tells all of a segment but its payload, for logs and golden
/// files; equal segments give equal lines:
///
///   10.0.0.1:4000 > 10.0.0.2:80 SA seq=1 ack=2 win=65535 len=0 <mss 1460,ws 7,sackok,ts 1 2>
///
/// Flags are letters of "SFRPAUEW" ("-" when none is set), numbers are as on the wire (the window
/// unscaled), SACK blocks read `sack 10-20 30-40`. Of a payload that the capture cut
/// ` captured=68` follows the length. `flow.local` sends.
std::string SegmentText(const FlowKey& flow, const TcpSegment& segment);

}  // namespace tcpcopy
