#include "netstack/wire/endpoint.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

BOOST_AUTO_TEST_CASE(TextBracketsIpv6) {
  BOOST_TEST(At("10.0.0.1", 80).ToString() == "10.0.0.1:80");
  BOOST_TEST(At("255.255.255.255", 65535).ToString() == "255.255.255.255:65535");
  BOOST_TEST(At("2001:db8::1", 80).ToString() == "[2001:db8::1]:80");
  BOOST_TEST(At("::ffff:10.0.0.1", 0).ToString() == "[::ffff:10.0.0.1]:0");
  BOOST_TEST(Endpoint{}.ToString() == "0.0.0.0:0");
}

BOOST_AUTO_TEST_CASE(AddressAndPortBothCount) {
  const Endpoint a = At("10.0.0.1", 80);
  BOOST_TEST((a == At("10.0.0.1", 80)));
  BOOST_TEST((a != At("10.0.0.1", 81)));
  BOOST_TEST((a != At("10.0.0.2", 80)));
  BOOST_TEST((At("0.0.0.0", 80) != At("::", 80)));
}

BOOST_AUTO_TEST_CASE(TheAddressIsOrderedBeforeThePort) {
  BOOST_TEST((At("10.0.0.1", 81) < At("10.0.0.2", 80)));
  BOOST_TEST((At("10.0.0.1", 80) < At("10.0.0.1", 81)));
  BOOST_TEST((At("9.255.255.255", 80) < At("10.0.0.0", 80)));
}

}  // namespace
}  // namespace tcpcopy
