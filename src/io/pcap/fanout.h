#pragma once

#include <cstdint>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// Which member of a group gets a packet: (port * multiplier >> shift) % members, in 32 bits, by
/// the source port of the TCP header behind an IPv4 header or a plain IPv6 one.
struct FanoutRule {
  std::uint32_t multiplier = 1;
  std::uint32_t shift = 0;
};

/// Makes packet sockets, of captures of incoming packets on the same interface, a group
/// (PACKET_FANOUT), the first one member 0: the kernel then chooses one of them for each packet,
/// and does not ask all. Each stays so until it is closed, and keeps its number when the interface
/// goes down and up again.
///
/// After an error some may be in a group without the others, and miss packets: they must be closed.
Result<void, IoError> JoinFanout(const std::vector<int>& sockets, const FanoutRule& rule);

/// Whether groups can be had that leave outgoing packets alone (Linux 6.2). Others would get those
/// of this host's own sending, too.
bool KernelFansOutIncoming();

}  // namespace tcpcopy
