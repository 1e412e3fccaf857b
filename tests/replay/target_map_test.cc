#include "src/replay/target_map.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

struct Good {
  const char* text;
  const char* source;  // "" for none
  std::uint16_t source_port;
  const char* target;
};

BOOST_AUTO_TEST_CASE(AcceptedForms) {
  const Good table[] = {
      {"80-10.0.0.2:8080", "", 80, "10.0.0.2:8080"},
      {"80-10.0.0.2", "", 80, "10.0.0.2:80"},
      {"10.0.0.1:80-10.0.0.2:8080", "10.0.0.1", 80, "10.0.0.2:8080"},
      {"0.0.0.0:80-10.0.0.2:8080", "", 80, "10.0.0.2:8080"},
      {"[2001:db8::1]:80-[2001:db8::2]:8080", "2001:db8::1", 80, "[2001:db8::2]:8080"},
      {"80-[::1]", "", 80, "[::1]:80"},
      {"65535-1.2.3.4:1", "", 65535, "1.2.3.4:1"},
  };
  for (const Good& row : table) {
    const auto map = TargetMap::Parse(row.text);
    BOOST_REQUIRE_MESSAGE(map.has_value(), row.text);
    BOOST_REQUIRE(map->mappings().size() == 1U);
    const Mapping& mapping = map->mappings()[0];
    BOOST_TEST((mapping.source ? mapping.source->ToString() : "") == row.source);
    BOOST_TEST(mapping.source_port == row.source_port);
    BOOST_TEST(mapping.target.ToString() == row.target);
  }
}

BOOST_AUTO_TEST_CASE(EachEndMayHaveAMac) {
  const auto map = TargetMap::Parse(
      "80@02:00:5e:10:00:01-10.0.0.2:8080@02:00:5e:10:00:02,81-[2001:db8::2]@02-00-5e-10-00-03");
  BOOST_REQUIRE(map.has_value());
  const std::vector<Mapping>& mappings = map->mappings();
  BOOST_TEST(mappings[0].source_mac->ToString() == "02:00:5e:10:00:01");
  BOOST_TEST(mappings[0].target_mac->ToString() == "02:00:5e:10:00:02");
  BOOST_TEST(mappings[0].target.ToString() == "10.0.0.2:8080");
  BOOST_TEST(!mappings[1].source_mac);
  BOOST_TEST(mappings[1].target_mac->ToString() == "02:00:5e:10:00:03");
  BOOST_TEST(mappings[1].target.ToString() == "[2001:db8::2]:81");
}

BOOST_AUTO_TEST_CASE(EverythingElseIsAnError) {
  for (const char* text : {"",
                           ",",
                           "80",
                           "80-",
                           "-10.0.0.2",
                           "80-10.0.0.2:",
                           "80-10.0.0.2:0",
                           "80-10.0.0.2:65536",
                           "99999-10.0.0.2:80",
                           "80-foo:80",
                           "foo-10.0.0.2:80",
                           "80-10.0.0.2:80,",
                           "80-8080",
                           "10.0.0.1-10.0.0.2:80",
                           "80-2001:db8::2",
                           "80-[2001:db8::2",
                           "80-[2001:db8::2]80",
                           "80-10.0.0.2:8a",
                           "80-10.0.0.2:+8",
                           "80 -10.0.0.2",
                           "80-0.0.0.0:80",
                           "-1-10.0.0.2:80",
                           "80-10.0.0.2:80,80-10.0.0.3:80",
                           "80-10.0.0.256:80",
                           "80@-10.0.0.2:80",
                           "80-10.0.0.2:80@",
                           "80-10.0.0.2:80@02:00:5e:10:00",
                           "80-10.0.0.2:80@02:00:5e:10:00:02@"}) {
    BOOST_TEST(!TargetMap::Parse(text).has_value(), text);
  }
}

BOOST_AUTO_TEST_CASE(AMappingWithTheAddressGoesBeforeOneWithout) {
  const auto map = TargetMap::Parse("80-10.0.0.9:1,10.0.0.1:80-10.0.0.9:2,443-10.0.0.9:3");
  BOOST_REQUIRE(map.has_value());
  BOOST_TEST(map->Find(At("10.0.0.1", 80))->target.port == 2);
  BOOST_TEST(map->Find(At("10.0.0.2", 80))->target.port == 1);
  BOOST_TEST(map->Find(At("10.0.0.2", 443))->target.port == 3);
  BOOST_TEST(map->Find(At("10.0.0.2", 81)) == nullptr);
}

BOOST_AUTO_TEST_CASE(WithoutASourceOnlyWhatIsForThisHostIsMeantWhereThatIsKnown) {
  const TargetMap map = TargetMap::Parse("80-10.0.0.2:8080,192.0.2.9:81-10.0.0.2:8081").value();
  const IpAddress own = *IpAddress::Parse("10.0.0.1");
  const auto is_own = [&](const IpAddress& address) { return address == own; };
  const Endpoint elsewhere{*IpAddress::Parse("192.0.2.9"), 80};
  BOOST_TEST((map.Find({own, 80}, is_own) == &map.mappings()[0]));
  BOOST_TEST((map.Find(elsewhere, is_own) == nullptr));
  BOOST_TEST((map.Find(elsewhere, {}) == &map.mappings()[0]));
  // One that is named counts wherever it is.
  BOOST_TEST((map.Find({elsewhere.address, 81}, is_own) == &map.mappings()[1]));
  BOOST_TEST((map.Find({own, 82}, is_own) == nullptr));
}

}  // namespace
}  // namespace tcpcopy
