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

/// The same for a UDP datagram: bytes that IP and UDP headers take for a flow of `family`.
std::size_t DatagramHeaderLength(IpFamily family);
/// Bytes of the longest payload that one datagram of `family` can have: 65,507 or 65,527.
std::size_t LongestDatagram(IpFamily family);
/// Writes the IP and UDP headers to the front of `packet`, whose payload already stands behind
/// them, checksums included. `packet` spans headers and payload exactly, and may be longer than any
/// link takes (`IpFragmenter`).
void BuildDatagram(const FlowKey& flow, std::uint16_t ip_id, MutableBytes packet);

}  // namespace tcpcopy
