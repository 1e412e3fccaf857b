#include "netstack/wire/mac_address.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(TextIsReadInBothFormsAndWrittenInOne) {
  for (const char* const text : {"02:00:5e:10:0a:ff", "02-00-5E-10-0A-FF", "02:00-5e:10-0a:Ff"}) {
    const auto mac = MacAddress::Parse(text);
    BOOST_TEST_REQUIRE(mac.has_value(), text);
    BOOST_TEST(mac->ToString() == "02:00:5e:10:0a:ff");
  }
}

BOOST_AUTO_TEST_CASE(EverythingElseIsRefused) {
  for (const char* const text :
       {"", "02:00:5e:10:0a", "02:00:5e:10:0a:ff:00", "02:00:5e:10:0a:f", "2:0:5e:10:a:ff",
        "02:00:5e:10:0a:fg", "02.00.5e.10.0a.ff", "02005e100aff", "+2:00:5e:10:0a:ff",
        "0x:00:5e:10:0a:ff", "02:00:5e:10:0a: f"}) {
    BOOST_TEST(!MacAddress::Parse(text).has_value(), text);
  }
}

}  // namespace
}  // namespace tcpcopy
