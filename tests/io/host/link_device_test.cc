#include "src/io/host/link_device.h"

#include <net/if.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

struct WithInterface : testing::InNetworkNamespace {
  WithInterface() {
    testing::Shell(
        "ip link add name v0 address 02:00:5e:10:00:01 mtu 1400 type veth peer name v1 && "
        "ip link set v0 up");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(WithInterface);

BOOST_AUTO_TEST_CASE(EverythingIsAsTheKernelHasIt) {
  const LinkDevice device = LinkDevice::Named("v0").value();
  BOOST_TEST(device.name == "v0");
  BOOST_TEST(device.index == if_nametoindex("v0"));
  BOOST_TEST(device.mac.ToString() == "02:00:5e:10:00:01");
  BOOST_TEST(device.mtu == 1400U);
  BOOST_TEST(device.is_ethernet);
  BOOST_TEST(device.is_up);
  BOOST_TEST(!LinkDevice::Named("v1").value().is_up);
}

BOOST_AUTO_TEST_CASE(LoopbackIsNoEthernet) {
  BOOST_TEST(!LinkDevice::Named("lo").value().is_ethernet);
}

BOOST_AUTO_TEST_CASE(AnInterfaceThatIsNotThereIsNamed) {
  for (const char* const name : {"v2", "", "a name of more than fifteen bytes"}) {
    const auto device = LinkDevice::Named(name);
    BOOST_TEST_REQUIRE(!device.has_value(), name);
    BOOST_TEST(device.error().message.starts_with(std::string("interface ") + name + ": "));
  }
}

}  // namespace
}  // namespace tcpcopy
