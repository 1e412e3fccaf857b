#include "netstack/wire/ip_address.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(NumericTextIsReadAndWrittenBack) {
  for (const char* text : {"10.0.0.1", "0.0.0.0", "255.255.255.255", "2001:db8::1", "::", "::1"}) {
    const auto address = IpAddress::Parse(text);
    BOOST_TEST_REQUIRE(address.has_value());
    BOOST_TEST(address->ToString() == text);
  }
}

BOOST_AUTO_TEST_CASE(EverythingElseIsRefused) {
  for (const char* text : {"", "localhost", "10.0.0", "10.0.0.256", "[::1]", "fe80::1%eth0", "1:2",
                           " 10.0.0.1", "10.0.0.1 "}) {
    BOOST_TEST(!IpAddress::Parse(text).has_value());
  }
}

BOOST_AUTO_TEST_CASE(LoopbackAndUnspecifiedAreKnownInBothFamilies) {
  BOOST_TEST(IpAddress::Parse("127.9.9.9")->IsLoopback());
  BOOST_TEST(IpAddress::Parse("::1")->IsLoopback());
  BOOST_TEST(!IpAddress::Parse("126.0.0.1")->IsLoopback());
  BOOST_TEST(!IpAddress::Parse("::2")->IsLoopback());
  BOOST_TEST(IpAddress::Parse("0.0.0.0")->IsUnspecified());
  BOOST_TEST(IpAddress::Parse("::")->IsUnspecified());
  BOOST_TEST((*IpAddress::Parse("0.0.0.0") != *IpAddress::Parse("::")));
}

BOOST_AUTO_TEST_CASE(AddressesAreCountedOn) {
  struct Row {
    const char* from;
    std::uint64_t n;
    const char* to;
  };
  const Row table[] = {
      {"10.0.0.1", 0, "10.0.0.1"},
      {"10.0.0.255", 1, "10.0.1.0"},
      {"10.0.0.1", 1U << 24, "11.0.0.1"},
      {"255.255.255.255", 2, "0.0.0.1"},
      {"2001:db8::", 1, "2001:db8::1"},
      {"2001:db8::ffff:ffff", 1, "2001:db8::1:0:0"},
      {"2001:db8::1", std::uint64_t{1} << 48, "2001:db8::1:0:0:1"},
      {"2001:db8::ffff:ffff:ffff:ffff", 2, "2001:db8::1"},
  };
  for (const Row& row : table) {
    BOOST_TEST(IpAddress::Parse(row.from)->Behind(row.n).ToString() == row.to);
  }
}

}  // namespace
}  // namespace tcpcopy
