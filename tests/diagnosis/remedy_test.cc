#include "src/diagnosis/remedy.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

const FlowKey kProbe = {{Address("10.0.1.2"), 4000}, {Address("10.0.2.2"), 80}};
const FlowKey kProbe6 = {{Address("2001:db8:1::2"), 4000}, {Address("2001:db8:2::2"), 80}};

BOOST_AUTO_TEST_CASE(WhatNftablesDropsNftablesAccepts) {
  const FirewallVerdict syn{PacketKind::kSyn, "input", "inet", "f", "c", "drop"};
  BOOST_TEST(AcceptCommand(syn, kProbe) ==
             "nft insert rule inet f c ip daddr 10.0.2.2 tcp dport 80 accept");
  BOOST_TEST(AcceptCommand(syn, kProbe6) ==
             "nft insert rule inet f c ip6 daddr 2001:db8:2::2 tcp dport 80 accept");
  const FirewallVerdict answer{PacketKind::kSynAck, "output", "ip", "filter", "output", "drop"};
  BOOST_TEST(AcceptCommand(answer, kProbe) ==
             "nft insert rule ip filter output ip saddr 10.0.2.2 tcp sport 80 accept");
}

BOOST_AUTO_TEST_CASE(WhatIptablesDropsIptablesAccepts) {
  const FirewallVerdict syn{PacketKind::kSyn, "input", "ip", "filter", "INPUT", "drop"};
  BOOST_TEST(AcceptCommand(syn, kProbe) ==
             "iptables -t filter -I INPUT -p tcp -d 10.0.2.2 --dport 80 -j ACCEPT");
  const FirewallVerdict answer{PacketKind::kSynAck, "output", "ip6", "raw", "OUTPUT", "drop"};
  BOOST_TEST(AcceptCommand(answer, kProbe6) ==
             "ip6tables -t raw -I OUTPUT -p tcp -s 2001:db8:2::2 --sport 80 -j ACCEPT");
}

BOOST_AUTO_TEST_CASE(WhatTheOldIptablesDropTheyAccept) {
  const FirewallVerdict syn{PacketKind::kSyn, "input", "iptables-legacy", "filter", "mine", "drop"};
  BOOST_TEST(AcceptCommand(syn, kProbe) ==
             "iptables-legacy -t filter -I mine -p tcp -d 10.0.2.2 --dport 80 -j ACCEPT");
}

BOOST_AUTO_TEST_CASE(NamesWithDotsAreNoFoldersOfSysctl) {
  BOOST_TEST(LooseRpFilterCommand("eth0") == "sysctl -w net.ipv4.conf.eth0.rp_filter=2");
  BOOST_TEST(LooseRpFilterCommand("eth0.7") == "sysctl -w net/ipv4/conf/eth0.7/rp_filter=2");
}

BOOST_AUTO_TEST_CASE(RoutesAreToSingleAddresses) {
  BOOST_TEST(RouteCommand(Address("10.0.1.2"), Address("10.0.2.9")) ==
             "ip route replace 10.0.1.2/32 via 10.0.2.9");
  BOOST_TEST(RouteCommand(Address("2001:db8::2"), Address("fe80::1")) ==
             "ip -6 route replace 2001:db8::2/128 via fe80::1");
  BOOST_TEST(RouteCommand(Address("10.0.1.2"), std::nullopt) ==
             "ip route replace 10.0.1.2/32 via <the next hop>");
}

BOOST_AUTO_TEST_CASE(ForwardingIsPerFamily) {
  BOOST_TEST(NoForwardingCommand(IpFamily::kV4) == "sysctl -w net.ipv4.ip_forward=0");
  BOOST_TEST(NoForwardingCommand(IpFamily::kV6) == "sysctl -w net.ipv6.conf.all.forwarding=0");
}

BOOST_AUTO_TEST_CASE(ANextHopIsOnOneOfTheNetworks) {
  const std::vector<InterfaceAddress> own = {{"lo", Address("127.0.0.1"), 8},
                                             {"eth0", Address("10.0.2.2"), 24},
                                             {"eth0", Address("2001:db8:2::2"), 64},
                                             {"eth0", Address("fe80::2"), 64}};
  const auto hop = [&](std::vector<IpAddress> candidates) { return OnLink(own, candidates); };
  BOOST_TEST((hop({Address("10.0.3.1"), Address("10.0.2.9"), Address("10.0.2.8")}) ==
              Address("10.0.2.9")));
  BOOST_TEST((hop({Address("2001:db8:2::9")}) == Address("2001:db8:2::9")));
  BOOST_TEST(
      !hop({Address("10.0.3.1"), Address("127.0.0.2"), Address("10.0.2.2"), Address("fe80::9")}));
  BOOST_TEST(!hop({}));
}

}  // namespace
}  // namespace tcpcopy
