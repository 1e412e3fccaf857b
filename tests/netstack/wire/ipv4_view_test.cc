#include "netstack/wire/ipv4_view.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

const std::vector<std::uint8_t> kPacket{
    0x45, 0x00, 0x00, 0x18, 0xAB, 0xCD, 0x40, 0x00,  // version, length 24, id, don't fragment
    0x3F, 0x11, 0x00, 0x00,                          // ttl, protocol, checksum
    0x0A, 0x00, 0x00, 0x01, 0x0A, 0x00, 0x00, 0x02,  // addresses
    1,    2,    3,    4,    0xEE, 0xEE};             // payload, padding

BOOST_AUTO_TEST_CASE(EveryFieldIsReadInHostOrder) {
  const auto view = Ipv4View::Parse(kPacket, kPacket.size());
  BOOST_TEST_REQUIRE(view.has_value());
  BOOST_TEST(view->source().ToString() == "10.0.0.1");
  BOOST_TEST(view->destination().ToString() == "10.0.0.2");
  BOOST_TEST(view->identification() == 0xABCD);
  BOOST_TEST(view->ttl() == 63);
  BOOST_TEST(view->protocol() == 17);
  BOOST_TEST((view->payload().data() == &kPacket[20]));
  BOOST_TEST(view->payload().size() == 4U);
  BOOST_TEST(view->payload_length() == 4U);
}

BOOST_AUTO_TEST_CASE(TheLengthIsTheHeadersAndNotTheCaptures) {
  const auto view = Ipv4View::Parse(ConstBytes(kPacket).first(21), 1000);
  BOOST_TEST_REQUIRE(view.has_value());
  BOOST_TEST(view->payload().size() == 1U);
  BOOST_TEST(view->payload_length() == 4U);
}

BOOST_AUTO_TEST_CASE(NothingCapturedIsTruncated) {
  BOOST_TEST((Ipv4View::Parse({}, 60).error() == ParseError::kTruncated));
}

}  // namespace
}  // namespace tcpcopy
