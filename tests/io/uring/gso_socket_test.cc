#include "src/io/uring/gso_socket.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

struct Links : testing::InNetworkNamespace {
  Links() {
    testing::Shell(
        "ip link add name v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "
        "ip link add name small mtu 1280 gso_max_size 20000 gso_max_segs 10 type veth peer name w1"
        " && ip link set small up && ip link add name alone gso_max_segs 1 type veth peer name x1 "
        "&& ip link set alone up && ip link add name down type veth peer name y1");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(Links);

GsoSocket Open(const char* device, bool with_tag = false) {
  return GsoSocket::Open(LinkDevice::Named(device).value(), with_tag);
}

BOOST_AUTO_TEST_CASE(OfAnEthernetDeviceTheWholeOfAPacket) {
  const GsoSocket socket = Open("v0");
  BOOST_TEST_REQUIRE(socket.fd.get() >= 0);
  BOOST_TEST(socket.limits.packet_bytes == 65536U - 1 - 18);
  BOOST_TEST(socket.limits.segments == GsoPacket::kMostSegments);
  int prefix = 0;
  socklen_t length = sizeof prefix;
  BOOST_REQUIRE(::getsockopt(socket.fd.get(), SOL_PACKET, PACKET_VNET_HDR, &prefix, &length) == 0);
  BOOST_TEST(prefix != 0);
  BOOST_TEST(Open("v0", true).fd.get() >= 0);  // from Linux 5.19 on
}

BOOST_AUTO_TEST_CASE(ADeviceThatTakesLess) {
  const GsoSocket socket = Open("small");
  BOOST_TEST_REQUIRE(socket.fd.get() >= 0);
  BOOST_TEST(socket.limits.packet_bytes == 20000U - 1 - 18);
  BOOST_TEST(socket.limits.segments == 10U);
}

BOOST_AUTO_TEST_CASE(WhereNothingCanBeJoinedThereIsNone) {
  BOOST_TEST(Open("alone").fd.get() < 0);
  BOOST_TEST(Open("down").fd.get() < 0);
  LinkDevice gone = LinkDevice::Named("v0").value();
  gone.index = 4711;
  BOOST_TEST(GsoSocket::Open(gone, false).fd.get() < 0);
}

/// The header of a VLAN device whose cable puts no tags in has 18 bytes to the kernel.
BOOST_AUTO_TEST_CASE(WhereTheKernelLooksForTheIpHeaderElsewhereThereIsNone) {
  LinkDevice longer = LinkDevice::Named("v0").value();
  longer.mtu -= 4;  // as if its header had more than 14 bytes
  BOOST_TEST(GsoSocket::Open(longer, false).fd.get() < 0);
  LinkDevice shorter = LinkDevice::Named("v0").value();
  shorter.mtu += 4;
  BOOST_TEST(GsoSocket::Open(shorter, false).fd.get() < 0);
}

}  // namespace
}  // namespace tcpcopy
