#include "src/io/host/ports.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "src/io/unique_fd.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Listener;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(ReadsTheLocalPortRange) {
  BOOST_TEST((ParseLocalPortRange("32768\t60999\n") == PortRange{32768, 60999}));
  BOOST_TEST((ParseLocalPortRange("1024  65535") == PortRange{1024, 65535}));
  for (const char* const text :
       {"", "\n", "1024\n", "a b", "9 8", "1 70000", "1-2 3", ",", "1, 2"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST(!ParseLocalPortRange(text)); }
  }
}

BOOST_AUTO_TEST_CASE(FindsLocalPortsOfBothFamilies) {
  PortSet ports;
  AddLocalPorts(
      "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid\n"
      "   0: 0100007F:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0\n"
      "  11: 0100007F:0016 0100007F:C350 06 00000000:00000000 00:00000000 00000000     0\n"
      " 100: 00000000000000000000000001000000:FFFF 00000000000000000000000000000000:0000 0A\n",
      ports);
  BOOST_TEST((ToRanges(ports) == std::vector<PortRange>{{22, 22}, {8080, 8080}, {65535, 65535}}));
}

BOOST_AUTO_TEST_CASE(SkipsLinesThatAreNotAsExpected) {
  PortSet ports;
  AddLocalPorts("\n\n0: \n1: x\n2: 0100007F\n3: 0100007F:\n4: 0100007F:1ZZZ x\n5: A:12345 x",
                ports);
  BOOST_TEST(ports.none());
}

BOOST_AUTO_TEST_CASE(SeesASocketOfThisHost) {
  BOOST_TEST(PortsInUse(Transport::kTcp).none());
  const Listener v4("127.0.0.1");
  const Listener v6("::1");
  const PortSet ports = PortsInUse(Transport::kTcp);
  BOOST_TEST(ports.test(v4.endpoint.port));
  BOOST_TEST(ports.test(v6.endpoint.port));
}

BOOST_AUTO_TEST_CASE(SocketsOfUdpAreOthers) {
  const UniqueFd fd(::socket(AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  sockaddr_in6 address{};
  address.sin6_family = AF_INET6;
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  BOOST_REQUIRE(::bind(fd.get(), any, length) == 0 && ::getsockname(fd.get(), any, &length) == 0);
  const std::uint16_t port = ntohs(address.sin6_port);
  BOOST_TEST(PortsInUse(Transport::kUdp).test(port));
  BOOST_TEST(!PortsInUse(Transport::kTcp).test(port));
}

BOOST_AUTO_TEST_CASE(TheKernelTellsItsRanges) {
  testing::Shell(
      "echo 40000 41000 >/proc/sys/net/ipv4/ip_local_port_range && "
      "echo 40005,40010-40020 >/proc/sys/net/ipv4/ip_local_reserved_ports");
  const EphemeralPorts ports = EphemeralPorts::OfThisHost();
  BOOST_TEST((ports.range == PortRange{40000, 41000}));
  BOOST_TEST((ports.reserved == std::vector<PortRange>{{40005, 40005}, {40010, 40020}}));
}

}  // namespace
}  // namespace tcpcopy
