#include "netstack/wire/ether_type.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(OnlyWhatLeadsToIpIsFollowed) {
  struct {
    std::uint16_t ether_type;
    std::optional<LinkType> link;
  } const table[] = {
      {0x0800, LinkType::kIpv4},
      {0x86DD, LinkType::kIpv6},
      {0x6558, LinkType::kEthernet},
      {0x880B, LinkType::kPpp},
      {0x8847, LinkType::kMpls},
      {0x8848, LinkType::kMpls},
      {0x8864, LinkType::kPppoeSession},
      {0x8863, std::nullopt},  // PPPoE's discovery
      {0x0806, std::nullopt},  // ARP
      {0x0026, std::nullopt},  // a length of 802.3
      {0x8100, std::nullopt},  // a tag: the type stands behind it
  };
  for (const auto& row : table) BOOST_TEST((LinkTypeOf(row.ether_type) == row.link));
}

BOOST_AUTO_TEST_CASE(ThreeTypesAreVlanTags) {
  BOOST_TEST((IsVlanTag(0x8100) && IsVlanTag(0x88A8) && IsVlanTag(0x9100)));
  BOOST_TEST(!(IsVlanTag(0x0800) || IsVlanTag(0x8101) || IsVlanTag(0x0081)));
}

}  // namespace
}  // namespace tcpcopy
