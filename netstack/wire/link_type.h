#pragma once

#include <cstdint>

namespace tcpcopy {

/// Link-layer header types, with the values that libpcap gives them (DLT_/LINKTYPE_; where the two
/// differ or differ by system, the capture layer translates).
enum class LinkType : std::uint16_t {
  kNull = 0,  // BSD loopback: 4 bytes of address family in host order of the writer
  kEthernet = 1,
  kRawIp = 101,  // LINKTYPE_RAW; DLT_RAW 12 and 14 are translated to it
  kLoop = 108,   // OpenBSD loopback: as kNull but in network order
  kLinuxSll = 113,
  kIpv4 = 228,
  kIpv6 = 229,
  kLinuxSll2 = 276,
};

}  // namespace tcpcopy
