#include "src/io/host/route.h"

#include <net/if.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

struct TwoNetworks : testing::InNetworkNamespace {
  TwoNetworks() {
    testing::Shell(
        "ip link add name v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "
        "ip addr add 10.1.0.1/24 dev v0 && ip addr add 2001:db8::1/64 dev v0 nodad && "
        "ip route add 10.2.0.0/16 via 10.1.0.9 && ip route add 10.3.0.0/16 via inet6 fe80::9 dev "
        "v0 && "
        "ip route add unreachable 10.4.0.0/16 && ip route add prohibit 10.5.0.0/16 && "
        "ip route add blackhole 10.6.0.0/16 && ip -6 route add 2001:db8:2::/64 via 2001:db8::9");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(TwoNetworks);

BOOST_AUTO_TEST_CASE(TheNextHopIsTheDestinationOnItsOwnNetwork) {
  const Route route = RouteTo(Address("10.1.0.7")).value();
  BOOST_TEST(route.interface == "v0");
  BOOST_TEST(route.interface_index != 0U);
  BOOST_TEST(!route.gateway);
  BOOST_TEST((route.source == Address("10.1.0.1")));
  BOOST_TEST(!route.local);
}

BOOST_AUTO_TEST_CASE(OtherwiseItIsAGateway) {
  BOOST_TEST((RouteTo(Address("10.2.3.4")).value().gateway == Address("10.1.0.9")));
  BOOST_TEST((RouteTo(Address("10.3.3.4")).value().gateway == Address("fe80::9")));
  BOOST_TEST((RouteTo(Address("2001:db8:2::4")).value().gateway == Address("2001:db8::9")));
}

BOOST_AUTO_TEST_CASE(TheRouteByOneInterfaceIsItsOwn) {
  const std::uint32_t v1 = if_nametoindex("v1");
  const Route route = RouteTo(Address("10.1.0.7"), v1).value();
  BOOST_TEST(route.interface == "v1");
  BOOST_TEST(route.interface_index == v1);
  BOOST_TEST(
      (RouteTo(Address("10.2.3.4"), if_nametoindex("v0")).value().gateway == Address("10.1.0.9")));
}

BOOST_AUTO_TEST_CASE(ThisHostIsLocal) {
  BOOST_TEST(RouteTo(Address("10.1.0.1")).value().local);
  BOOST_TEST(RouteTo(Address("127.1.2.3")).value().local);
  BOOST_TEST(RouteTo(Address("2001:db8::1")).value().local);
}

BOOST_AUTO_TEST_CASE(NoRouteIsAnErrorThatNamesTheDestination) {
  for (const char* const nowhere :
       {"192.0.2.1", "2001:db9::1", "10.4.1.1", "10.5.1.1", "10.6.1.1"}) {
    const auto route = RouteTo(Address(nowhere));
    BOOST_TEST_REQUIRE(!route.has_value(), nowhere);
    BOOST_TEST(route.error().message.starts_with(std::string("no way to ") + nowhere + ": "));
  }
}

}  // namespace
}  // namespace tcpcopy
