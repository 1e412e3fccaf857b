#pragma once

#include <cstdint>
#include <optional>

#include "netstack/wire/link_type.h"

namespace tcpcopy {

// EtherTypes name what follows a header: in Ethernet, and in GRE, Geneve and others that took the
// numbers over.

/// Whether a VLAN tag follows: two bytes of tag control, then the next EtherType.
bool IsVlanTag(std::uint16_t ether_type);

/// The header that follows; none when it leads to no IP.
std::optional<LinkType> LinkTypeOf(std::uint16_t ether_type);

}  // namespace tcpcopy
