#include "src/app/dry_run.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::Arguments;
using testing::Good;

struct OneLink : testing::InNetworkNamespace {
  OneLink() {
    testing::Shell(
        "ip link add name v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "
        "ip addr add 10.1.0.1/24 dev v0 && ip route add 10.2.0.0/16 via 10.1.0.9 && "
        "ip neigh add 10.1.0.9 lladdr 02:00:5e:10:00:09 nud permanent dev v0");
  }
};
BOOST_TEST_GLOBAL_FIXTURE(OneLink);

Result<std::string, StartError> Described(const Arguments& arguments) {
  const Options options = Good(arguments);
  HostAddresses own;
  BOOST_TEST_REQUIRE(own.Refresh().has_value());
  const auto host = AddressPlan::LookAtHost(options, own);
  BOOST_TEST_REQUIRE(host.has_value());
  return DescribeRun(options, AddressPlan(options, *host), 2);
}

void CheckHas(const std::string& text, const std::vector<const char*>& lines) {
  for (const char* line : lines) {
    BOOST_TEST((text.find(std::string(line) + "\n") != std::string::npos), line << " in " << text);
  }
}

BOOST_AUTO_TEST_CASE(ByItselfRepliesComeToThisHost) {
  const std::string text =
      Described({"-x", "80-10.2.0.2:8080,10.1.0.5:81-10.1.0.2", "--send=ip"}).value();
  BOOST_TEST(text.starts_with("dry run: replaying from this host's own addresses ("), text);
  CheckHas(text, {"  copy        what clients send to port 80 of this host's addresses -> "
                  "10.2.0.2:8080",
                  "  copy        what clients send to 10.1.0.5:81 -> 10.1.0.2:81",
                  "  capture     all interfaces",
                  "              filter: tcp and ((dst port 80) or (dst port 81 and dst host "
                  "10.1.0.5))",
                  "  send        raw IP packets, which the kernel routes",
                  "              to 10.1.0.2 by v0",
                  "              to 10.2.0.2 by v0 through "
                  "10.1.0.9",
                  "  replies     captured on all interfaces", "  workers     2"});
  BOOST_TEST((text.find("  guard       ip saddr 10.2.0.2 tcp sport 8080 ip daddr 10.1.0.1/32 tcp "
                        "dport { 1024-") != std::string::npos),
             text);
}

BOOST_AUTO_TEST_CASE(AShardIsToldOnlyWhereThereIsOne) {
  CheckHas(Described({"-x", "80-10.2.0.2:8080", "--shard", "2/3"}).value(),
           {"  shard       2/3 of the sessions, chosen by their flows"});
  const std::string all = Described({"-x", "80-10.2.0.2:8080"}).value();
  BOOST_TEST((all.find("shard") == std::string::npos), all);
}

BOOST_AUTO_TEST_CASE(InterceptsAndTheLinkLayerAreTold) {
  const std::string text =
      Described({"-x", "80-10.2.0.2:8080", "-s", "10.1.0.3,10.1.0.4:7", "-C", "3", "--protocol",
                 "classic", "-c", "10.7.0.x", "-o", "v0", "-i", "v1,v0", "-F", "host 10.9.9.9"})
          .value();
  CheckHas(text, {"  capture     v1, v0",
                  "              filter: (tcp and ((dst port 80))) and "
                  "(host 10.9.9.9)",
                  "  send        Ethernet frames, at the link layer",
                  "              to 10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9)",
                  "  replies     by way of intercept, 3 connections to each, classic protocol",
                  "              10.1.0.3:36524", "              10.1.0.4:7",
                  "  guard       none: this host's kernel gets none of the replies"});
}

BOOST_AUTO_TEST_CASE(FramesGoWhereThereIsANextHop) {
  CheckHas(Described({"-x", "80-10.2.0.2:8080,81-127.0.0.1:81"}).value(),
           {"  send        Ethernet frames where a MAC is told, else raw IP packets",
            "              to 10.2.0.2 by v0 to 02:00:5e:10:00:09 (10.1.0.9)",
            "              to 127.0.0.1 by lo"});
}

BOOST_AUTO_TEST_CASE(KeptAddressesAreLookedForOnTheWayToTheTarget) {
  CheckHas(Described({"-x", "80-10.2.0.2:8080", "-c", "keep", "-i", "-"}).value(),
           {"  copy        what clients send to port 80 of any address -> 10.2.0.2:8080",
            "  read        -",
            "              and to other hosts, on the interfaces that lead to the targets",
            "              ip saddr 10.2.0.2 tcp sport 8080 fib daddr type != local counter name "
            "drops drop"});
}

BOOST_AUTO_TEST_CASE(WhatTheRunWouldRefuseIsRefused) {
  for (const auto& [option, device] : {std::pair{"-i", "v9"}, {"-o", "v9"}, {"-o", "lo"}}) {
    const auto text = Described({"-x", "80-10.2.0.2:8080", option, device});
    BOOST_TEST_REQUIRE(!text.has_value());
    BOOST_TEST(text.error().exit_code == 2);
    BOOST_TEST(text.error().message.starts_with(std::string(option) + ": interface " + device));
  }
}

}  // namespace
}  // namespace tcpcopy
