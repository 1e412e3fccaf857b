#pragma once

#include <cstddef>

#include "netstack/base/bytes.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// Bytes that IP and TCP headers with `options` take for a flow of `family`.
std::size_t HeaderLength(IpFamily family, const TcpOptions& options);

/// Writes the IP and TCP headers of `segment` to the front of `packet`, whose payload of
/// `segment.payload_length` bytes already stands behind them (at `HeaderLength`), checksums
/// included. Ports are taken from `flow` (`flow.local` sends). `packet` spans headers and payload
/// exactly. `ip_id` is the IPv4 identification.
void BuildPacket(const FlowKey& flow, const TcpSegment& segment, std::uint16_t ip_id,
                 MutableBytes packet);

}  // namespace tcpcopy
