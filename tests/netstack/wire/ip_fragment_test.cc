#include "netstack/wire/ip_fragment.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

/// An IPv4 header without options and `payload` bytes of TCP behind it.
std::vector<std::uint8_t> V4(std::uint16_t place, std::size_t payload) {
  std::vector<std::uint8_t> packet(20 + payload);
  packet[0] = 0x45;
  StoreBe16(packet.data() + 2, static_cast<std::uint16_t>(packet.size()));
  StoreBe16(packet.data() + 4, 0x1234);
  StoreBe16(packet.data() + 6, place);
  packet[9] = 6;
  return packet;
}

struct Row {
  std::uint16_t place;
  std::size_t payload;
  bool is_fragment;
  std::uint32_t offset;
  bool more;
};

BOOST_AUTO_TEST_CASE(FlagsAndOffsetOfRfc791) {
  const Row table[] = {
      {0x0000, 16, false, 0, false}, {0x4000, 16, false, 0, false},  // don't fragment
      {0x2000, 16, true, 0, true},   {0x2002, 16, true, 16, true},
      {0x0004, 5, true, 32, false},  {0x2000, 15, false, 0, true},  // not whole units
      {0x1fff, 16, false, 0, false},                                // beyond 65,535
  };
  for (const Row& row : table) {
    const auto packet = V4(row.place, row.payload);
    const auto fragment = IpFragment::Read(packet);
    BOOST_REQUIRE_EQUAL(fragment.has_value(), row.is_fragment);
    if (!fragment) continue;
    BOOST_TEST(fragment->offset == row.offset);
    BOOST_TEST(fragment->more == row.more);
    BOOST_TEST(fragment->payload.size() == row.payload);
    BOOST_TEST(fragment->key.identification == 0x1234U);
  }
}

BOOST_AUTO_TEST_CASE(APieceThatTheCaptureCutIsNone) {
  auto packet = V4(0x2000, 16);
  packet.pop_back();
  BOOST_TEST(!IpFragment::Read(packet).has_value());
}

BOOST_AUTO_TEST_CASE(OfOneThatWasCutItIsKnownWhoseItIs) {
  auto packet = V4(0x2000, 16);
  packet.resize(30);
  const auto fragment = IpFragment::ReadCut(packet);
  BOOST_REQUIRE(fragment.has_value());
  BOOST_TEST(fragment->payload.size() == 10U);
  BOOST_TEST(fragment->payload_length == 16U);
  BOOST_TEST(int{fragment->protocol} == 6);
  packet.resize(19);
  BOOST_TEST(!IpFragment::ReadCut(packet).has_value());
}

BOOST_AUTO_TEST_CASE(OfIpv6TheFragmentHeaderNamesTheProtocol) {
  std::vector<std::uint8_t> packet(40 + 8 + 16);
  packet[0] = 0x60;
  packet[5] = 24;
  packet[6] = 44;
  packet[40] = 17;
  packet[43] = 1;
  BOOST_TEST(int{IpFragment::Read(packet)->protocol} == 17);
  packet.resize(40 + 8 + 3);
  BOOST_TEST(!IpFragment::Read(packet).has_value());
  BOOST_TEST(IpFragment::ReadCut(packet)->payload.size() == 3U);
  packet.resize(40 + 7);
  BOOST_TEST(!IpFragment::ReadCut(packet).has_value());
}

BOOST_AUTO_TEST_CASE(LinkPaddingIsLeftOut) {
  auto packet = V4(0x2000, 16);
  packet.resize(60);
  BOOST_TEST(IpFragment::Read(packet)->payload.size() == 16U);
}

}  // namespace
}  // namespace tcpcopy
