#include "netstack/wire/network.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

IpAddress Address(const char* text) { return *IpAddress::Parse(text); }

BOOST_AUTO_TEST_CASE(TextIsReadAndWrittenBack) {
  for (const char* const text : {"10.0.0.0/8", "0.0.0.0/0", "10.1.2.3", "10.1.2.128/25",
                                 "2001:db8::/32", "::/0", "2001:db8::1", "2001:db8::8000/113"}) {
    const auto network = Network::Parse(text);
    BOOST_TEST_REQUIRE(network.has_value(), text);
    BOOST_TEST(network->ToString() == text);
  }
  BOOST_TEST(Network::Parse("10.1.2.3/32")->ToString() == "10.1.2.3");
  BOOST_TEST(Network::Parse("::1/128")->ToString() == "::1");
}

BOOST_AUTO_TEST_CASE(EverythingElseIsRefused) {
  for (const char* const text :
       {"", "/", "/8", "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1", "10.0.0.0/+8", "10.0.0.0/8 ",
        "10.0.0.0/8/8", "::/129", "10.0.0.0/99999999999", "localhost", "10.0.0", "[::]/0"}) {
    BOOST_TEST(!Network::Parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(BitsBehindThePrefixAreAMistake) {
  for (const char* const text : {"10.0.0.1/8", "10.1.2.64/25", "2001:db8::1/32", "0.0.0.1/0"}) {
    BOOST_TEST(!Network::Parse(text).has_value(), text);
  }
  BOOST_TEST(Network::ParseLoosely("10.1.2.64/25")->ToString() == "10.1.2.0/25");
  BOOST_TEST(Network::ParseLoosely("10.1.2.0/25")->ToString() == "10.1.2.0/25");
  BOOST_TEST(!Network::ParseLoosely("10.1.2.64/33").has_value());
}

struct Case {
  const char* network;
  const char* address;
  bool contained;
};

constexpr Case kCases[] = {
    {"10.0.0.0/8", "10.255.255.255", true},
    {"10.0.0.0/8", "11.0.0.0", false},
    {"10.1.2.128/25", "10.1.2.128", true},
    {"10.1.2.128/25", "10.1.2.127", false},
    {"10.1.2.3", "10.1.2.3", true},
    {"10.1.2.3", "10.1.2.2", false},
    {"0.0.0.0/0", "255.255.255.255", true},
    {"0.0.0.0/0", "::", false},
    {"::/0", "2001:db8::1", true},
    {"::/0", "10.0.0.1", false},
    {"2001:db8::/33", "2001:db8:7fff::", true},
    {"2001:db8::/33", "2001:db8:8000::", false},
    {"2001:db8::1", "2001:db8::1", true},
    {"2001:db8::1", "2001:db8::2", false},
};

BOOST_AUTO_TEST_CASE(TheFirstBitsDecide) {
  for (const Case& each : kCases) {
    BOOST_TEST(Network::Parse(each.network)->Contains(Address(each.address)) == each.contained,
               each.network << " " << each.address);
  }
}

BOOST_AUTO_TEST_CASE(TheNetworkOfAnAddressHasNoOtherBits) {
  BOOST_TEST(Network::Of(Address("10.1.2.3"), 25).ToString() == "10.1.2.0/25");
  BOOST_TEST(Network::Of(Address("2001:db8::1"), 32).ToString() == "2001:db8::/32");
}

}  // namespace
}  // namespace tcpcopy
