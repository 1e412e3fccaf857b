#include "src/diagnosis/observer.h"

#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include "src/io/socket_address.h"
#include "src/io/uring/raw_socket.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Listener;
using testing::MakeSyn;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

/// Sends a SYN over loopback, which delivers it within the call, and looks.
Observation Probe(const FlowKey& probe) {
  const auto observer = Observer::Start(probe);
  BOOST_TEST_REQUIRE(observer.has_value());
  const UniqueFd socket = OpenRawSocket(probe.peer.address.family()).value();
  const auto packet = MakeSyn(probe.local, probe.peer, 1);
  const SocketAddress name({probe.peer.address, 0});
  static_cast<void>(
      ::sendto(socket.get(), packet.data(), packet.size(), 0, name.get(), name.length()));
  return (*observer)->Look();
}

FlowKey To(const Endpoint& target, std::uint16_t port) {
  return {{IpAddress::Parse(target.address.IsV4() ? "127.64.0.1" : "::1").value(), port}, target};
}

BOOST_AUTO_TEST_CASE(SeesTheHandshakeOfBothFamilies) {
  for (const char* const address : {"127.0.0.1", "::1"}) {
    const Listener listener(address);
    const Observation seen = Probe(To(listener.endpoint, 6001));
    for (const PacketKind kind : {PacketKind::kSyn, PacketKind::kSynAck}) {
      BOOST_TEST(seen.Came(kind), address);  // loopback shows a packet once
      BOOST_TEST(seen.Reached(kind, "input"), address);
    }
    BOOST_TEST(seen.Find(PacketKind::kSyn, false)->interface == "lo");
    BOOST_TEST(seen.traced);
    BOOST_TEST(seen.verdicts.empty());
    BOOST_TEST(seen.Came(PacketKind::kClientReset));  // by this host's kernel: there is no guard
  }
}

BOOST_AUTO_TEST_CASE(SeesAClosedPort) {
  const Endpoint closed{IpAddress::Parse("127.0.0.1").value(), 9};
  const Observation seen = Probe(To(closed, 6002));
  BOOST_TEST(seen.Came(PacketKind::kTargetReset));
  BOOST_TEST(!seen.Came(PacketKind::kSynAck));
}

BOOST_AUTO_TEST_CASE(NamesTheRuleThatEats) {
  testing::Shell(
      "nft 'add table ip f; add chain ip f o { type filter hook output priority 0; }; "
      "add rule ip f o tcp sport 6003 counter drop'");
  const Listener listener("127.0.0.1");
  const Observation seen = Probe(To(listener.endpoint, 6003));
  BOOST_TEST(seen.sightings.empty());
  const FirewallVerdict expected{
      PacketKind::kSyn, "output", "ip", "f", "o", "tcp sport 6003 counter drop"};
  BOOST_TEST_REQUIRE(seen.verdicts.size() == 1U);
  BOOST_TEST((seen.verdicts[0] == expected));
  testing::Shell("nft delete table ip f");
}

BOOST_AUTO_TEST_CASE(SeesARefusalByIcmp) {
  testing::Shell(
      "nft 'add table inet r; add chain inet r i { type filter hook input priority 0; }; "
      "add rule inet r i tcp sport 6004 reject with icmpx type admin-prohibited'");
  for (const char* const address : {"127.0.0.1", "::1"}) {
    const Listener listener(address);
    const Observation seen = Probe(To(listener.endpoint, 6004));
    const Sighting* const told = seen.Find(PacketKind::kUnreachable, false);
    BOOST_TEST_REQUIRE(told != nullptr, address);
    BOOST_TEST((told->from == listener.endpoint.address));
    BOOST_TEST(told->icmp_code == (listener.endpoint.address.IsV4() ? 13 : 1));
    BOOST_TEST_REQUIRE(seen.Eaten(PacketKind::kSyn) != nullptr);
    BOOST_TEST(seen.Eaten(PacketKind::kSyn)->hook == "input");
  }
  testing::Shell("nft delete table inet r");
}

BOOST_AUTO_TEST_CASE(NamesARuleOfTheOldIptablesThatHasCounted) {
  testing::Shell(
      "iptables-legacy -A INPUT -p tcp --sport 6008 -j DROP && "
      "iptables-legacy -A INPUT -p tcp --sport 6009 -j DROP");
  const Listener listener("127.0.0.1");
  const Observation seen = Probe(To(listener.endpoint, 6008));
  BOOST_TEST_REQUIRE(seen.verdicts.size() == 1U);
  const FirewallVerdict expected{PacketKind::kSyn,  "input",
                                 "iptables-legacy", "filter",
                                 "INPUT",           "-A INPUT -p tcp -m tcp --sport 6008 -j DROP"};
  BOOST_TEST((seen.verdicts[0] == expected));
  BOOST_TEST(Probe(To(listener.endpoint, 6010)).verdicts.empty());
  testing::Shell("iptables-legacy -F");
}

BOOST_AUTO_TEST_CASE(OtherFlowsAreNotSeen) {
  const Listener listener("127.0.0.1");
  const auto observer = Observer::Start(To(listener.endpoint, 6005)).value();
  Probe(To(listener.endpoint, 6006));
  const Observation seen = observer->Look();
  BOOST_TEST(seen.sightings.empty());
  BOOST_TEST(seen.reached.empty());
}

BOOST_AUTO_TEST_CASE(CountersTellWhatTheReversePathFilterDrops) {
  testing::Shell(
      "ip link add name v0 address 02:00:00:00:00:01 type veth peer name v1 && "
      "ip link set v0 up && ip link set v1 up && ip addr add 10.1.0.1/24 dev v0 && "
      "echo 1 > /proc/sys/net/ipv4/conf/v0/rp_filter && "
      "echo 1 > /proc/sys/net/ipv4/conf/v0/forwarding && ip route add 10.2.0.1 dev v1 && "
      "ip neigh add 10.2.0.1 lladdr 02:00:00:00:00:01 dev v1");
  // Leaves through v1, comes back in through v0, and is for nobody whom v0 leads to.
  const FlowKey probe{{IpAddress::Parse("192.0.2.1").value(), 6007},
                      {IpAddress::Parse("10.2.0.1").value(), 80}};
  const Observation seen = Probe(probe);
  BOOST_TEST(seen.Left(PacketKind::kSyn));
  BOOST_TEST(seen.Came(PacketKind::kSyn));
  BOOST_TEST(seen.Reached(PacketKind::kSyn, "prerouting"));
  BOOST_TEST(!seen.Reached(PacketKind::kSyn, "forward"));
  BOOST_TEST(seen.Grown("TcpExtIPReversePathFilter") > 0);
  BOOST_TEST(seen.rp_filter.at("v0") == 1);
}

}  // namespace
}  // namespace tcpcopy
