#pragma once

#include <cstdint>

namespace tcpcopy {

/// Link-layer header types, with the values that libpcap gives them (DLT_/LINKTYPE_; where the two
/// differ or differ by system, the capture layer translates).
enum class LinkType : std::uint16_t {
  kNull = 0,  // BSD loopback: 4 bytes of address family in host order of the writer
  kEthernet = 1,
  kPpp = 9,            // RFC 1661, with or without RFC 1662's address and control bytes
  kPppoeSession = 51,  // RFC 2516, without the Ethernet header
  kRawIp = 101,        // LINKTYPE_RAW; DLT_RAW 12 and 14 are translated to it
  kCiscoHdlc = 104,
  kLoop = 108,  // OpenBSD loopback: as kNull but in network order
  kLinuxSll = 113,
  kMpls = 219,  // RFC 3032, from the outermost label on
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxSll2 = 276,
};

}  // namespace tcpcopy
