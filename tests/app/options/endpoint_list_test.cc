#include "src/app/options/endpoint_list.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(ReadsAddressesWithAndWithoutPorts) {
  const auto list = ParseEndpoints("10.0.0.3,[2001:db8::3]:36524,10.0.0.4:1", 3).value();
  BOOST_TEST_REQUIRE(list.size() == 3U);
  BOOST_TEST(list[0].ToString() == "10.0.0.3:0");
  BOOST_TEST(list[1].ToString() == "[2001:db8::3]:36524");
  BOOST_TEST(list[2].ToString() == "10.0.0.4:1");
}

BOOST_AUTO_TEST_CASE(WhatIsNoListIsAnError) {
  for (const char* const text :
       {"", ",", "10.0.0.3,", "80", "host", "10.0.0.3:0", "10.0.0.3:99999"}) {
    BOOST_TEST(!ParseEndpoints(text, 9), text);
  }
  BOOST_TEST(ParseEndpoints("10.0.0.1,10.0.0.2", 1).error() == "more than 1 addresses");
}

BOOST_AUTO_TEST_CASE(ListsEndpointsForPeople) {
  BOOST_TEST(ListOf({}).empty());
  const auto list = ParseEndpoints("10.0.0.3:1,[2001:db8::3]:36524", 2).value();
  BOOST_TEST(ListOf(list) == "10.0.0.3:1, [2001:db8::3]:36524");
}

}  // namespace
}  // namespace tcpcopy
