#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy::sim {

/// An IP packet on its way.
using Packet = std::vector<std::uint8_t>;

/// The packet of `segment`, whose payload is `text`, from `flow.local` to `flow.peer`.
Packet MakePacket(const FlowKey& flow, TcpSegment segment, std::string_view text);

/// Whether the checksums of IP (version 4) and TCP are right; shares no code with those who wrote
/// them.
bool ChecksumIsRight(const Packet& packet);

/// Where `seq` lies in a stream that began with `isn`, if it lies near `around`. 0 is the first
/// byte behind the SYN, -1 the SYN.
inline std::int64_t OffsetOf(SeqNum seq, std::uint32_t isn, std::uint64_t around) {
  const std::uint32_t expected = isn + 1 + static_cast<std::uint32_t>(around);
  return static_cast<std::int64_t>(around) + static_cast<std::int32_t>(seq.raw() - expected);
}

/// The sequence number of a stream's byte.
inline SeqNum NumberOf(std::uint64_t offset, std::uint32_t isn) {
  return SeqNum(isn + 1 + static_cast<std::uint32_t>(offset));
}

}  // namespace tcpcopy::sim
