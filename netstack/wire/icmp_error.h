#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/bytes.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/link.h"
#include "netstack/wire/seq_num.h"

namespace tcpcopy {

/// Somebody's word that a TCP or UDP packet did not get where it should: an ICMP (RFC 792) or
/// ICMPv6 (RFC 4443) message that quotes the packet. Anybody can send one.
struct IcmpError {
  static constexpr std::uint8_t kUnreachable = 3;    // type, in IPv4
  static constexpr std::uint8_t kUnreachableV6 = 1;  // type, in IPv6

  IpAddress from;         // who says so
  std::uint8_t type = 0;  // its meaning depends on the family of `from`
  std::uint8_t code = 0;
  std::uint32_t rest = 0;  // the second word of the message, which some types use
  FlowKey flow;            // of the quoted packet: `flow.local` sent it
  SeqNum seq;              // of its segment; of a datagram it means nothing
  ConstBytes quoted;       // from its IP header on; dies with the frame

  bool IsUnreachable() const { return type == (from.IsV4() ? kUnreachable : kUnreachableV6); }

  /// Empty for a message that quotes no `protocol` (TCP or UDP) or too little of it, for anything
  /// else, and for what is cut or malformed. Of a fragmented datagram the first piece is
  /// understood. Checksums are not looked at: captures cut these packets.
  static std::optional<IcmpError> Parse(const Frame& frame, std::uint8_t protocol = kIpProtocolTcp);
};

}  // namespace tcpcopy
