#include "src/io/pcap/link_types.h"

#include <pcap/pcap.h>

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(TranslatesWhatDiffersBetweenLibpcapAndFiles) {
  struct {
    int dlt;
    LinkType link;
  } const cases[] = {
      {DLT_NULL, LinkType::kNull},
      {DLT_EN10MB, LinkType::kEthernet},
      {9, LinkType::kPpp},
      {50, LinkType::kPpp},
      {51, LinkType::kPppoeSession},
      {12, LinkType::kRawIp},
      {14, LinkType::kRawIp},
      {104, LinkType::kCiscoHdlc},
      {DLT_LOOP, LinkType::kLoop},
      {DLT_LINUX_SLL, LinkType::kLinuxSll},
      {DLT_LINUX_SLL2, LinkType::kLinuxSll2},
      {219, LinkType::kMpls},
      {DLT_IPV4, LinkType::kIpv4},
      {DLT_IPV6, LinkType::kIpv6},
  };
  for (const auto& each : cases) BOOST_TEST((LinkTypeFromDlt(each.dlt) == each.link));
}

BOOST_AUTO_TEST_CASE(NamesWhatItCannotReadAndWhatItCan) {
  BOOST_TEST((LinkTypeFromDlt(DLT_IEEE802_11) == std::nullopt));
  BOOST_TEST(UnsupportedLinkType(DLT_IEEE802_11) ==
             "link type IEEE802_11 is not supported (supported: NULL, EN10MB, PPP, PPP_SERIAL, "
             "PPP_ETHER, RAW, C_HDLC, LOOP, LINUX_SLL, MPLS, IPV4, IPV6, LINUX_SLL2)");
  BOOST_TEST(UnsupportedLinkType(60000).starts_with("link type 60000 is"));
}

}  // namespace
}  // namespace tcpcopy
