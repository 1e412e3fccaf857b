#pragma once

#include <cstdint>
#include <string_view>

namespace tcpcopy {

/// Why a captured frame is no packet for us. Each value is a counter in the ledger.
enum class ParseError : std::uint8_t {
  kTruncated,            // a header ends beyond the captured bytes
  kUnsupportedLinkType,  // a link-layer type that we do not read
  kNotIp,                // ARP, LLDP, ...
  kNotTcp,               // another transport, where TCP is looked for
  kNotUdp,               // another transport, where UDP is looked for
  kFragment,             // an IP fragment
  kBadIpHeader,          // version, header length or total length contradict each other
  kBadTcpHeader,         // data offset below 5 or beyond the packet
  kBadUdpHeader,         // a length below 8 or beyond the packet
  kCount,
};

std::string_view ToString(ParseError error);

}  // namespace tcpcopy
