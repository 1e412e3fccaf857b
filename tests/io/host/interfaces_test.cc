#include "src/io/host/interfaces.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(ListsAddressesWithTheirNetworks) {
  testing::Shell(
      "ip link add name v0 type veth peer name v1 && ip link set v0 up && "
      "ip addr add 10.1.2.3/20 dev v0 && ip addr add 2001:db8::5/56 dev v0 nodad");
  const auto found = InterfaceAddresses().value();
  const auto has = [&](const char* interface, const char* address, int bits) {
    const InterfaceAddress wanted{interface, IpAddress::Parse(address).value(), bits};
    return std::ranges::find(found, wanted) != found.end();
  };
  BOOST_TEST(has("lo", "127.0.0.1", 8));
  BOOST_TEST(has("v0", "10.1.2.3", 20));
  BOOST_TEST(has("v0", "2001:db8::5", 56));
}

BOOST_AUTO_TEST_CASE(CountsTheBitsOfANetmask) {
  const auto bits = [](const char* mask) { return PrefixLength(IpAddress::Parse(mask).value()); };
  BOOST_TEST(bits("0.0.0.0") == 0);
  BOOST_TEST(bits("255.255.240.0") == 20);
  BOOST_TEST(bits("255.255.255.255") == 32);
  BOOST_TEST(bits("ffff:ffff:ffff:ff00::") == 56);
  BOOST_TEST(bits("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff") == 128);
}

}  // namespace
}  // namespace tcpcopy
