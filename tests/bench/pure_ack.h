#pragma once

#include <cstdint>
#include <vector>

#include "netstack/wire/ip_address.h"

namespace tcpcopy::bench {

/// An IP packet of 40 bytes: a TCP segment without payload, its checksums included.
std::vector<std::uint8_t> PureAck(const IpAddress& from, const IpAddress& to);

}  // namespace tcpcopy::bench
