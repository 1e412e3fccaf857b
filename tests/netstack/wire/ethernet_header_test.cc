#include "netstack/wire/ethernet_header.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Written(const EthernetHeader& header, IpFamily packet) {
  Bytes bytes(EthernetHeader::kMaxBytes);
  bytes.resize(header.Write(packet, bytes));
  return bytes;
}

const EthernetHeader kPlain{MacAddress{{1, 2, 3, 4, 5, 6}}, MacAddress{{7, 8, 9, 10, 11, 12}}, {}};

BOOST_AUTO_TEST_CASE(TheEtherTypeTellsTheFamily) {
  BOOST_TEST(
      Written(kPlain, IpFamily::kV4) == (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x08, 0x00}),
      boost::test_tools::per_element());
  BOOST_TEST(
      Written(kPlain, IpFamily::kV6) == (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x86, 0xdd}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ATagStandsBeforeTheEtherType) {
  EthernetHeader tagged = kPlain;
  tagged.vlan = VlanTag{.id = 0x123, .priority = 5};
  BOOST_TEST(Written(tagged, IpFamily::kV4) ==
                 (Bytes{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 0x81, 0x00, 0xa1, 0x23, 0x08, 0x00}),
             boost::test_tools::per_element());
}

}  // namespace
}  // namespace tcpcopy
