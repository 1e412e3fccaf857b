#include "netstack/wire/udp_view.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

/// A header from port 1000 to 53 that tells `length`, with `payload` bytes behind it.
std::vector<std::uint8_t> Datagram(std::uint16_t length, std::size_t payload) {
  std::vector<std::uint8_t> bytes(8 + payload, 0x61);
  StoreBe16(&bytes[0], 1000);
  StoreBe16(&bytes[2], 53);
  StoreBe16(&bytes[4], length);
  StoreBe16(&bytes[6], 0xBEEF);
  return bytes;
}

BOOST_AUTO_TEST_CASE(FieldsOfRfc768) {
  const auto bytes = Datagram(13, 5);
  const auto udp = UdpView::Parse(bytes, bytes.size());
  BOOST_REQUIRE(udp.has_value());
  BOOST_TEST(udp->source_port() == 1000);
  BOOST_TEST(udp->destination_port() == 53);
  BOOST_TEST(udp->checksum() == 0xBEEF);
  BOOST_TEST(udp->payload().size() == 5U);
  BOOST_TEST(udp->payload_length() == 5U);
}

struct Row {
  const char* rule;
  std::uint16_t told;
  std::size_t captured;  // behind the header
  std::size_t length;    // as IP tells
  std::size_t payload;
  std::size_t payload_length;
};

BOOST_AUTO_TEST_CASE(LengthsOfUdpAndIp) {
  const Row table[] = {
      {"nothing in it", 8, 0, 8, 0, 0},
      {"cut by the capture", 108, 5, 108, 5, 100},
      {"IP carries more than the datagram", 10, 5, 13, 2, 2},
      {"cut, and IP carries more", 10, 1, 13, 1, 2},
      {"longer than 16 bits can tell", 0, 5, 70000, 5, 69992},
  };
  for (const Row& row : table) {
    BOOST_TEST_CONTEXT(row.rule) {
      const auto bytes = Datagram(row.told, row.captured);
      const auto udp = UdpView::Parse(bytes, row.length);
      BOOST_REQUIRE(udp.has_value());
      BOOST_TEST(udp->payload().size() == row.payload);
      BOOST_TEST(udp->payload_length() == row.payload_length);
    }
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNoDatagram) {
  auto bytes = Datagram(13, 5);
  BOOST_TEST((UdpView::Parse(bytes, 12).error() == ParseError::kBadUdpHeader));  // beyond IP's end
  StoreBe16(&bytes[4], 7);
  BOOST_TEST((UdpView::Parse(bytes, 13).error() == ParseError::kBadUdpHeader));
  BOOST_TEST((UdpView::Parse({}, 7).error() == ParseError::kBadUdpHeader));
  bytes.resize(7);
  BOOST_TEST((UdpView::Parse(bytes, 13).error() == ParseError::kTruncated));
}

}  // namespace
}  // namespace tcpcopy
