#pragma once

#include <cstdint>
#include <optional>

#include "netstack/wire/flow_key.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/link.h"
#include "netstack/wire/seq_num.h"

namespace tcpcopy {

/// A router's word that a TCP or UDP packet did not fit its next link: ICMP "fragmentation needed"
/// (RFC 1191 4) or ICMPv6 "packet too big" (RFC 4443 3.2). Anybody can send one: whoever acts on it
/// looks whether the number is in flight (RFC 5927 4), and how small a size is believed.
struct PacketTooBig {
  FlowKey flow;  // of the packet that did not fit: `flow.local` sent it
  SeqNum seq;    // of its segment; of a datagram it means nothing
  std::uint32_t mtu =
      0;  // bytes of an IP packet that fits, as the router tells. IPv4 routers of old
          // tell 0; this is then the next usual size below the packet (RFC 1191 7)

  /// Empty for anything else, for a packet that quotes no `protocol` (TCP or UDP) or too little of
  /// it, and for what is cut or malformed. Checksums are not looked at: captures cut these packets.
  static std::optional<PacketTooBig> Parse(const Frame& frame,
                                           std::uint8_t protocol = kIpProtocolTcp);
};

}  // namespace tcpcopy
