#include "src/io/host/next_hop.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

struct TwoLinks : testing::InNetworkNamespace {
  TwoLinks() {
    testing::Shell(
        "ip link add name a0 type veth peer name a1 && ip link add name b0 type veth peer name b1 "
        "&& ip link set a0 up && ip link set a1 up && ip link set b0 up && ip link set b1 up && "
        "ip addr add 10.1.0.1/24 dev a0 && ip addr add 10.2.0.1/24 dev b0 && "
        "ip addr add 2001:db8:2::1/64 dev b0 nodad && ip route add 10.9.0.0/16 via 10.2.0.9 && "
        "ip neigh add 10.2.0.9 lladdr 02:00:5e:10:00:09 nud permanent dev b0");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(TwoLinks);

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

BOOST_AUTO_TEST_CASE(TheDeviceOfTheKernelsRouteIsTakenWhereItIsNamed) {
  struct Row {
    std::vector<std::string> devices;
    const char* destination;
    const char* device;
    const char* hop;
  };
  const Row table[] = {
      {{"a0", "b0"}, "10.1.0.7", "a0", "10.1.0.7"},
      {{"b0", "a0"}, "10.1.0.7", "a0", "10.1.0.7"},
      {{"a0", "b0"}, "10.9.0.7", "b0", "10.2.0.9"},
      {{"a0", "b0"}, "2001:db8:2::7", "b0", "2001:db8:2::7"},
      {{"b0"}, "10.9.0.7", "b0", "10.2.0.9"},
      {{"a0"}, "10.2.0.7", "a0", "10.2.0.7"},  // not by the way that the kernel would go
      {{"lo", "b0"}, "10.9.0.7", "b0", "10.2.0.9"},
      {{}, "10.9.0.7", "b0", "10.2.0.9"},  // any
      {{}, "10.1.0.7", "a0", "10.1.0.7"},
  };
  for (const Row& row : table) {
    const auto hop = FindNextHop(row.devices, Address(row.destination));
    BOOST_TEST_REQUIRE(hop.has_value(), row.destination);
    BOOST_TEST(hop->device.name == row.device);
    BOOST_TEST(hop->address.ToString() == row.hop);
  }
}

BOOST_AUTO_TEST_CASE(WhatIsKnownOfTheNeighbourComesAlong) {
  const NextHop known = FindNextHop({"b0"}, Address("10.9.0.7")).value();
  BOOST_TEST_REQUIRE(known.neighbour.mac.has_value());
  BOOST_TEST(known.neighbour.mac->ToString() == "02:00:5e:10:00:09");
  BOOST_TEST(!FindNextHop({"b0"}, Address("10.2.0.8")).value().neighbour.mac);
}

BOOST_AUTO_TEST_CASE(WhatCannotBeReachedSoIsNamed) {
  struct Row {
    std::vector<std::string> devices;
    const char* destination;
    const char* begin;
  };
  const Row table[] = {
      {{"a0"}, "10.1.0.1", "10.1.0.1 is this host"},
      {{"lo"}, "127.0.0.1", "127.0.0.1 is this host"},
      {{}, "127.0.0.1", "127.0.0.1 is this host"},
      {{}, "10.5.0.1", "no way to 10.5.0.1"},
      {{"lo"}, "10.1.0.7", "interface lo: is no Ethernet"},
      {{"c0"}, "10.1.0.7", "interface c0: "},
      {{"a0"}, "2001:db8:9::7", "no way to 2001:db8:9::7: "},
  };
  for (const Row& row : table) {
    const auto hop = FindNextHop(row.devices, Address(row.destination));
    BOOST_TEST_REQUIRE(!hop.has_value(), row.destination);
    BOOST_TEST(hop.error().message.starts_with(row.begin), hop.error().message);
  }
}

}  // namespace
}  // namespace tcpcopy
