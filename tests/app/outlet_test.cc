#include "src/app/outlet.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::Good;

struct OneLink : testing::InNetworkNamespace {
  OneLink() {
    testing::Shell(
        "ip link add name v0 mtu 1400 type veth peer name v1 && ip link set v0 up && "
        "ip link set v1 up && ip addr add 10.1.0.1/24 dev v0 && "
        "ip route add 10.2.0.0/16 via 10.1.0.9 && "
        "ip neigh add 10.1.0.9 lladdr 02:00:5e:10:00:09 nud permanent dev v0");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(OneLink);

BOOST_AUTO_TEST_CASE(WithoutOTheKernelRoutes) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80,81-127.0.0.1:80", "-M", "1400"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->mtu() == 1400U);
  BOOST_TEST((*outlet)->description() == "sending raw IP packets, which the kernel routes");
  BOOST_TEST((*Outlet::Open(Good({"-x", "81-127.0.0.1:80", "-M", "9000"})))->mtu() == 9000U);
}

BOOST_AUTO_TEST_CASE(WhatTheDeviceDoesNotTakeIsNotSent) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80,81-127.0.0.1:80", "-M", "9000"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->mtu() == 1400U);
  BOOST_TEST((*outlet)->description() ==
             "sending raw IP packets, which the kernel routes; in packets of 1400 bytes at most, "
             "for the way takes no more");
}

BOOST_AUTO_TEST_CASE(WithONoPacketIsLargerThanTheDeviceTakes) {
  const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-o", "v0"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->mtu() == 1400U);
  BOOST_TEST((*outlet)->description() ==
             "sending at the link layer: 10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9); in "
             "packets of 1400 bytes at most, for the way takes no more");
  BOOST_TEST((*Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-o", "v0", "-M", "600"})))->mtu() ==
             600U);
}

BOOST_AUTO_TEST_CASE(AMacOfTheMapNeedsNoNeighbour) {
  const auto outlet = Outlet::Open(
      Good({"-x", "80-10.1.0.7:80@02:00:5e:10:00:07,81-10.2.0.2:80", "-o", "v0", "-M", "1400"}));
  BOOST_TEST_REQUIRE(outlet.has_value());
  BOOST_TEST((*outlet)->description() ==
             "sending at the link layer: 10.1.0.7 by v0 to 02:00:5e:10:00:07; "
             "10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9)");
}

BOOST_AUTO_TEST_CASE(WhatCannotWorkNamesTheOption) {
  for (const char* device : {"lo", "v9"}) {
    const auto outlet = Outlet::Open(Good({"-x", "80-10.2.0.2:80", "-o", device}));
    BOOST_TEST_REQUIRE(!outlet.has_value());
    BOOST_TEST(outlet.error().message.starts_with(std::string("-o: interface ") + device));
  }
}

}  // namespace
}  // namespace tcpcopy
