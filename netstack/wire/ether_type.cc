#include "netstack/wire/ether_type.h"

namespace tcpcopy {

bool IsVlanTag(std::uint16_t ether_type) {
  return ether_type == 0x8100 ||  // 802.1Q
         ether_type == 0x88A8 ||  // 802.1ad, outer tag of QinQ
         ether_type == 0x9100;    // outer tag before there was 802.1ad
}

std::optional<LinkType> LinkTypeOf(std::uint16_t ether_type) {
  switch (ether_type) {
    case 0x0800:
      return LinkType::kIpv4;
    case 0x86DD:
      return LinkType::kIpv6;
    case 0x6558:  // "transparent Ethernet bridging", RFC 1701
      return LinkType::kEthernet;
    case 0x880B:
      return LinkType::kPpp;
    case 0x8847:  // RFC 5332: downstream-assigned labels
    case 0x8848:  // upstream-assigned
      return LinkType::kMpls;
    case 0x8864:
      return LinkType::kPppoeSession;
    default:
      return std::nullopt;
  }
}

}  // namespace tcpcopy
