#include "src/io/host/neighbour.h"

#include <poll.h>

#include <boost/test/unit_test.hpp>
#include <optional>

#include "src/io/host/link_device.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

/// v0 here, and its other end at another host.
struct TwoHosts : testing::InNetworkNamespace {
  TwoHosts() {
    testing::Shell("ip link add name v0 type veth peer name v1");
    other.emplace("v1");
    testing::Shell(
        "ip addr add 10.1.0.1/24 dev v0 && ip addr add 2001:db8::1/64 dev v0 nodad && "
        "ip link set v0 up && "
        "ip neigh add 10.1.0.9 lladdr 02:00:5e:10:00:09 nud permanent dev v0");
    other->Shell("ip addr add 10.1.0.2/24 dev v1");
    other->Shell("ip addr add 2001:db8::2/64 dev v1 nodad");
    other->Shell("ip link set v1 address 02:00:5e:10:00:02 up");
    index = LinkDevice::Named("v0").value().index;
  }
  std::optional<testing::OtherHost> other;
  static std::uint32_t index;
};
std::uint32_t TwoHosts::index = 0;
BOOST_TEST_GLOBAL_FIXTURE(TwoHosts);

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

/// Asks, and waits for the kernel to find out.
Neighbour Found(const IpAddress& address) {
  BOOST_TEST_REQUIRE(AskForNeighbour(TwoHosts::index, address).has_value());
  Neighbour found;
  for (int tries = 0; tries < 500 && !found.mac; ++tries) {
    ::poll(nullptr, 0, 10);
    found = NeighbourOf(TwoHosts::index, address).value();
  }
  return found;
}

BOOST_AUTO_TEST_CASE(ANeighbourIsUnknownUntilTheKernelIsAsked) {
  for (const char* const text : {"10.1.0.2", "2001:db8::2"}) {
    BOOST_TEST((NeighbourOf(TwoHosts::index, Address(text)).value() == Neighbour{}));
    const Neighbour found = Found(Address(text));
    BOOST_TEST_REQUIRE(found.mac.has_value(), text);
    BOOST_TEST(found.mac->ToString() == "02:00:5e:10:00:02");
    BOOST_TEST(found.confirmed);
  }
}

BOOST_AUTO_TEST_CASE(WhatWasWrittenDownByHandIsConfirmed) {
  const Neighbour known = NeighbourOf(TwoHosts::index, Address("10.1.0.9")).value();
  BOOST_TEST_REQUIRE(known.mac.has_value());
  BOOST_TEST(known.mac->ToString() == "02:00:5e:10:00:09");
  BOOST_TEST(known.confirmed);
}

BOOST_AUTO_TEST_CASE(NobodyAnswersForAnAddressThatNobodyHas) {
  BOOST_TEST(AskForNeighbour(TwoHosts::index, Address("10.1.0.3")).has_value());
  BOOST_TEST((NeighbourOf(TwoHosts::index, Address("10.1.0.3")).value() == Neighbour{}));
}

BOOST_AUTO_TEST_CASE(AnInterfaceThatIsNotThereIsAnError) {
  BOOST_TEST(!AskForNeighbour(9999, Address("10.1.0.2")).has_value());
  BOOST_TEST(!NeighbourOf(9999, Address("10.1.0.2")).has_value());
}

}  // namespace
}  // namespace tcpcopy
