#include "netstack/wire/ipv6_view.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

/// Fixed header with `payload_length` and `next_header`, from 2001:db8::1 to 2001:db8::2.
std::vector<std::uint8_t> Packet(std::uint16_t payload_length, std::uint8_t next_header,
                                 const std::vector<std::uint8_t>& payload) {
  std::vector<std::uint8_t> packet(40 + payload.size(), 0);
  packet[0] = 0x60;
  StoreBe16(&packet[4], payload_length);
  packet[6] = next_header;
  packet[7] = 63;
  StoreBe32(&packet[8], 0x20010DB8);
  packet[23] = 1;
  StoreBe32(&packet[24], 0x20010DB8);
  packet[39] = 2;
  std::ranges::copy(payload, packet.begin() + 40);
  return packet;
}

BOOST_AUTO_TEST_CASE(EveryFieldIsReadAndPaddingLeftOut) {
  const auto packet = Packet(3, 17, {1, 2, 3, 0xEE, 0xEE});
  const auto view = Ipv6View::Parse(packet, packet.size());
  BOOST_TEST_REQUIRE(view.has_value());
  BOOST_TEST(view->source().ToString() == "2001:db8::1");
  BOOST_TEST(view->destination().ToString() == "2001:db8::2");
  BOOST_TEST(view->hop_limit() == 63);
  BOOST_TEST(view->protocol() == 17);
  BOOST_TEST((view->payload().data() == &packet[40]));
  BOOST_TEST(view->payload().size() == 3U);
  BOOST_TEST(view->payload_length() == 3U);
}

BOOST_AUTO_TEST_CASE(ExtensionHeadersCountAsNoPayload) {
  const auto packet = Packet(100, 0, {6, 0, 0, 0, 0, 0, 0, 0, 1, 2, 3});
  const auto view = Ipv6View::Parse(packet, packet.size());
  BOOST_TEST_REQUIRE(view.has_value());
  BOOST_TEST(view->protocol() == 6);
  BOOST_TEST(view->payload().size() == 3U);
  BOOST_TEST(view->payload_length() == 92U);
}

BOOST_AUTO_TEST_CASE(UnknownExtensionsAreProtocolsToUs) {
  const auto packet = Packet(8, 51, {6, 4, 0, 0, 0, 0, 0, 0});
  BOOST_TEST(Ipv6View::Parse(packet, packet.size())->protocol() == 51);
}

BOOST_AUTO_TEST_CASE(NothingCapturedIsTruncated) {
  BOOST_TEST((Ipv6View::Parse({}, 60).error() == ParseError::kTruncated));
}

}  // namespace
}  // namespace tcpcopy
