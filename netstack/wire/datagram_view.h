#pragma once

#include <cstddef>
#include <functional>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/link.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// One captured frame, understood down to UDP. Non-owning: dies with the frame's buffer.
struct DatagramView {
  /// Sender first: `flow.local` sent the datagram to `flow.peer`.
  FlowKey flow;
  ConstBytes payload;              // as captured
  std::size_t payload_length = 0;  // bytes on the wire, at least `payload.size()`
};

/// Which datagrams somebody looks for.
using WantedDatagrams = std::function<bool(const FlowKey&)>;

/// Reads `frame` down to a UDP datagram, through all link layers and tunnels around it
/// (`FindIpPayload`). Some tunnels are UDP themselves: of datagrams in each other the outermost one
/// that is `wanted` is read, or else the innermost. Judges shape, never meaning, as `ParsePacket`
/// does. What is no UDP at all is kNotUdp.
///
/// When the error is kFragment, `fragment` is the IP packet that is one, whether it is the frame's
/// outermost or lies in a tunnel; otherwise it is left alone.
Result<DatagramView, ParseError> ParseDatagram(const Frame& frame, const WantedDatagrams& wanted,
                                               ConstBytes& fragment);

}  // namespace tcpcopy
