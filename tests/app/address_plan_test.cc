#include "src/app/address_plan.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Kind = ClientAddresses::Kind;

IpAddress Ip(const char* text) { return *IpAddress::Parse(text); }
Endpoint At(const char* address, std::uint16_t port) { return {Ip(address), port}; }
TupleState AllFree(const FlowKey&) { return TupleState::kFree; }

Options For(const char* map, Kind clients = Kind::kSelf) {
  Options options;
  auto targets = TargetMap::Parse(map);
  BOOST_TEST_REQUIRE(targets.has_value(), map);
  options.targets = std::move(*targets);
  options.clients.kind = clients;
  return options;
}

/// A host with four free ports, 10.0.0.1 and 2001:db8::1.
struct PlanBench {
  AddressPlan::Host Host() const {
    AddressPlan::Host host;
    host.own = &own;
    for (const char* target : {"10.0.0.2", "10.0.0.3"}) {
      host.own_towards.emplace(Ip(target), Ip("10.0.0.1"));
    }
    host.own_towards.emplace(Ip("2001:db8::2"), Ip("2001:db8::1"));
    host.own_towards.emplace(Ip("::1"), Ip("::1"));
    host.own_towards.emplace(Ip("127.0.0.1"), Ip("127.0.0.1"));
    for (const std::size_t port : {5000, 5001, 5002, 6000}) host.free_ports.set(port);
    return host;
  }

  const HostAddresses own{{Ip("10.0.0.1"), Ip("2001:db8::1")}};
};

std::string Claim(AddressPlan& plan, const Endpoint& client, const Endpoint& target) {
  const auto local = plan.allocator().Claim({client, target}, AllFree);
  return local ? local->ToString() : "none";
}

BOOST_FIXTURE_TEST_SUITE(AddressPlanTest, PlanBench)

BOOST_AUTO_TEST_CASE(SelfGuardsEachTargetsOwnAddressAndPorts) {
  struct Row {
    const char* map;
    std::vector<std::string> rules;
  };
  const Row table[] = {
      {"80-10.0.0.2:8080", {"10.0.0.2:8080 -> 10.0.0.1/32 5000-5002 6000-6000"}},
      {"80-[2001:db8::2]:8080", {"[2001:db8::2]:8080 -> 2001:db8::1/128 5000-5002 6000-6000"}},
      {"80-[::1]:8080", {"[::1]:8080 -> ::1/128 5000-5002 6000-6000"}},
      {"80-127.0.0.1:8080", {"127.0.0.1:8080 -> 127.64.0.0/10"}},
      {"80-10.0.0.2:1,81-127.0.0.1:2,82-10.0.0.3:3",
       {"10.0.0.2:1 -> 10.0.0.1/32 5000-5002 6000-6000", "127.0.0.1:2 -> 127.64.0.0/10",
        "10.0.0.3:3 -> 10.0.0.1/32 5000-5002 6000-6000"}},
  };
  for (const Row& row : table) {
    const AddressPlan plan(For(row.map), Host());
    std::vector<std::string> rules;
    for (const GuardRule& rule : plan.guard_rules()) {
      BOOST_TEST((rule.kind == GuardRule::Kind::kOwnPorts));
      std::string text = rule.target.ToString() + " -> " + rule.destination.ToString() + "/" +
                         std::to_string(rule.prefix_length);
      for (const PortRange& range : rule.ports) {
        text += " " + std::to_string(range.first) + "-" + std::to_string(range.last);
      }
      rules.push_back(text);
    }
    BOOST_TEST(rules == row.rules, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(TheGuardIsOfTheTransportThatIsCopied) {
  for (const char* const clients : {"self", "keep", "10.0.0.1,10.7.0.0/16"}) {
    for (const Transport transport : {Transport::kTcp, Transport::kUdp}) {
      Options options = For("53-10.0.0.2:5353");
      options.clients = ClientAddresses::Parse(clients).value();
      options.transport = transport;
      const AddressPlan plan(options, Host());
      BOOST_TEST(!plan.guard_rules().empty());
      for (const GuardRule& rule : plan.guard_rules()) {
        BOOST_TEST((rule.transport == transport));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(SelfReplaysFromOwnAddressesAndFreePorts) {
  AddressPlan plan(For("80-10.0.0.2:8080,81-[2001:db8::2]:8080,82-127.0.0.1:8080,83-[::1]:8080"),
                   Host());
  const Endpoint client = At("192.0.2.9", 4000);
  BOOST_TEST(Claim(plan, client, At("10.0.0.2", 8080)) == "10.0.0.1:5000");
  BOOST_TEST(Claim(plan, client, At("2001:db8::2", 8080)) == "[2001:db8::1]:5000");
  BOOST_TEST(Claim(plan, client, At("::1", 8080)) == "[::1]:5000");
  const auto local = plan.allocator().Claim({client, At("127.0.0.1", 8080)}, AllFree);
  BOOST_TEST_REQUIRE(local.has_value());
  BOOST_TEST(((local->address.v4() & 0xFFC00000U) == 0x7F400000U));
  BOOST_TEST(local->port == 4000);
  BOOST_TEST((plan.description().find("(4 ports each") != std::string::npos), plan.description());
}

/// What self gives out must be what its guard covers, or the kernel answers with RST.
BOOST_AUTO_TEST_CASE(EverythingThatIsGivenOutIsGuarded) {
  const Options options = For("80-10.0.0.2:8080,81-127.0.0.1:8080,82-[2001:db8::2]:8080");
  AddressPlan plan(options, Host());
  for (const GuardRule& rule : plan.guard_rules()) {
    for (std::uint16_t i = 0; i < 4; ++i) {
      const auto local = plan.allocator().Claim(
          {At("192.0.2.9", static_cast<std::uint16_t>(80 + i)), rule.target}, AllFree);
      BOOST_TEST_REQUIRE(local.has_value());
      if (rule.ports.empty()) {
        const std::uint32_t mask = ~0U << (32 - rule.prefix_length);
        BOOST_TEST((local->address.v4() & mask) == rule.destination.v4());
      } else {
        BOOST_TEST((local->address == rule.destination));
        BOOST_TEST(std::ranges::any_of(
            rule.ports, [&](const PortRange& range) { return range.Contains(local->port); }));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(KeepReplaysFromTheClientAndGuardsWhatIsNotThisHosts) {
  AddressPlan plan(For("80-10.0.0.2:8080", Kind::kKeep), Host());
  const Endpoint target = At("10.0.0.2", 8080);
  BOOST_TEST(Claim(plan, At("192.0.2.9", 4000), target) == "192.0.2.9:4000");
  // A client on this host has a kernel socket of its own there.
  BOOST_TEST(Claim(plan, At("10.0.0.1", 4000), target) == "10.0.0.1:5000");
  BOOST_TEST(Claim(plan, At("127.0.0.1", 4000), target) == "10.0.0.1:5001");
  const std::vector<GuardRule>& rules = plan.guard_rules();
  BOOST_TEST_REQUIRE(rules.size() == 2U);
  BOOST_TEST((rules[0].kind == GuardRule::Kind::kOwnPorts));
  BOOST_TEST((rules[0].target == target));
  BOOST_TEST((rules[1].kind == GuardRule::Kind::kNotLocal));
  BOOST_TEST((rules[1].target == target));
  BOOST_TEST((plan.description().find("must route") != std::string::npos));
}

std::vector<std::string> Rules(const AddressPlan& plan) {
  std::vector<std::string> rules;
  for (const GuardRule& rule : plan.guard_rules()) rules.push_back(Guard::RuleText(rule));
  return rules;
}

Options Listed(const char* map, std::initializer_list<const char*> networks) {
  Options options = For(map, Kind::kList);
  options.clients.chosen = true;
  for (const char* network : networks) {
    options.clients.list.push_back(Network::Parse(network).value());
  }
  return options;
}

BOOST_AUTO_TEST_CASE(AListGuardsItsAddressesOnly) {
  AddressPlan plan(
      Listed("80-10.0.0.2:8080,81-[2001:db8::2]:8080", {"10.3.0.0/16", "2001:db8:3::/64"}), Host());
  BOOST_TEST(Claim(plan, At("192.0.2.9", 4000), At("10.0.0.2", 8080)).starts_with("10.3."));
  BOOST_TEST(Rules(plan) == (std::vector<std::string>{
                                "ip saddr 10.0.0.2 tcp sport 8080 ip daddr 10.3.0.0/16 fib daddr "
                                "type != local counter name drops drop",
                                "ip6 saddr 2001:db8::2 tcp sport 8080 ip6 daddr 2001:db8:3::/64 "
                                "fib daddr type != local counter name drops drop"}),
             boost::test_tools::per_element());
  BOOST_TEST(plan.captures_for_others());
  BOOST_TEST((plan.description().find("from 10.3.0.0/16, 2001:db8:3::/64;") != std::string::npos),
             plan.description());
}

BOOST_AUTO_TEST_CASE(ALongListIsGuardedAsAllOtherHostsAre) {
  Options options = Listed("80-10.0.0.2:8080", {});
  for (std::uint32_t i = 0; i < 17; ++i) {
    options.clients.list.push_back({IpAddress::V4(0x0a030000U + i), 32});
  }
  BOOST_TEST(Rules(AddressPlan(options, Host())) ==
                 (std::vector<std::string>{"ip saddr 10.0.0.2 tcp sport 8080 fib daddr type != "
                                           "local counter name drops drop"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(AListedAddressOfThisHostIsUsedAndGuardedAsSelfDoes) {
  AddressPlan plan(Listed("80-10.0.0.2:8080", {"10.0.0.1"}), Host());
  BOOST_TEST(Claim(plan, At("192.0.2.9", 4000), At("10.0.0.2", 8080)) == "10.0.0.1:5000");
  BOOST_TEST(Rules(plan)[0] ==
             "ip saddr 10.0.0.2 tcp sport 8080 ip daddr 10.0.0.1/32 tcp dport { 5000-5002, 6000 } "
             "counter name drops drop");
  AddressPlan loopback(Listed("80-127.0.0.1:8080", {"127.5.0.0/16"}), Host());
  BOOST_TEST(Rules(loopback)[0] ==
             "ip saddr 127.0.0.1 tcp sport 8080 ip daddr 127.5.0.0/16 tcp dport { 5000-5002, 6000 "
             "} counter name drops drop");
}

/// They may have to pass through this host on their way to the intercept.
BOOST_AUTO_TEST_CASE(RepliesToOthersAreLeftAloneWhenInterceptsCarryThem) {
  for (const Kind kind : {Kind::kKeep, Kind::kList}) {
    Options options = Listed("80-10.0.0.2:8080", {"10.3.0.0/16"});
    options.clients.kind = kind;
    options.channels.intercepts = {At("10.0.0.3", 36524)};
    AddressPlan plan(options, Host());
    for (const GuardRule& rule : plan.guard_rules()) {
      BOOST_TEST((rule.kind == GuardRule::Kind::kOwnPorts));
    }
    BOOST_TEST(plan.guard_rules().size() == (kind == Kind::kKeep ? 1U : 0U));
    BOOST_TEST(!plan.captures_for_others());
    BOOST_TEST((plan.description().find("intercept (-s)") != std::string::npos));
  }
}

/// net.ipv4.ip_local_port_range may be all ports. A guard that names none would drop what other
/// programs are answered.
BOOST_AUTO_TEST_CASE(WithoutFreePortsOthersAddressesAreStillUsedAndNothingOfThisHostsIsGuarded) {
  AddressPlan::Host host = Host();
  host.free_ports.reset();
  AddressPlan keep(For("80-10.0.0.2:8080", Kind::kKeep), host);
  BOOST_TEST(Claim(keep, At("192.0.2.9", 4000), At("10.0.0.2", 8080)) == "192.0.2.9:4000");
  BOOST_TEST(Claim(keep, At("10.0.0.1", 4000), At("10.0.0.2", 8080)) == "none");
  AddressPlan list(Listed("80-10.0.0.2:8080", {"10.3.0.0/16", "10.0.0.1"}), host);
  for (std::uint16_t i = 0; i < 100; ++i) {
    const std::string local =
        Claim(list, {IpAddress::V4(0xC0000200U + i), 4000}, At("10.0.0.2", 8080));
    BOOST_TEST((local == "none" || local.starts_with("10.3.")), local);
  }
  for (const AddressPlan* const plan : {&keep, &list}) {
    for (const GuardRule& rule : plan->guard_rules()) {
      BOOST_TEST((rule.kind == GuardRule::Kind::kNotLocal));
    }
  }
}

BOOST_AUTO_TEST_CASE(TheLineSaysWhatWasChosenAndWhy) {
  Options options = For("80-10.0.0.2:8080");
  BOOST_TEST(AddressPlan(options, Host()).description() ==
             "replaying from this host's own addresses (4 ports each; 127.64.0.0/10 towards "
             "loopback), the default without -s; replies come to this host by themselves and are "
             "captured here");
  options.channels.intercepts = {At("10.0.0.3", 36524)};
  options.clients.kind = Kind::kKeep;
  BOOST_TEST(AddressPlan(options, Host()).description() ==
             "replaying from the clients' own addresses, the default with -s; replies come by way "
             "of intercept (-s), where the target must route them");
  options.clients = {.kind = Kind::kSelf, .chosen = true, .list = {}};
  BOOST_TEST(AddressPlan(options, Host())
                 .description()
                 .ends_with("loopback); replies come by way of intercept (-s)"));
}

BOOST_AUTO_TEST_CASE(TwoProcessesBeginAtDifferentPorts) {
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    AddressPlan::Host host = Host();
    host.seed = seed;
    AddressPlan plan(For("80-10.0.0.2:8080"), host);
    const char* const ports[] = {"5000", "5001", "5002", "6000"};
    for (std::size_t turn = 0; turn < 4; ++turn) {
      const std::string expected = std::string("10.0.0.1:") + ports[(seed + turn) % 4];
      BOOST_TEST(Claim(plan, At("192.0.2.1", 9), At("10.0.0.2", 8080)) == expected);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()

BOOST_AUTO_TEST_CASE(ALoopIsATargetThatIsASourceToo) {
  const HostAddresses own({Ip("10.0.0.1")});
  struct Row {
    const char* map;
    const char* looping;  // the target that would be copied again; "" for none
  };
  const Row table[] = {
      {"80-10.0.0.2:80", ""},             // another host's port 80 is not captured here
      {"80-10.0.0.2:8080", ""},           //
      {"80-10.0.0.1:80", "10.0.0.1:80"},  // this host's is
      {"80-127.0.0.1:80", "127.0.0.1:80"},
      {"80-127.0.0.1:8080", ""},
      {"80-127.0.0.1:81,81-10.0.0.2:82", "127.0.0.1:81"},
      {"80-10.0.0.2:81,81-10.0.0.2:82", ""},
      {"10.0.0.5:80-10.0.0.5:80", "10.0.0.5:80"},  // named, so captured, wherever it is
      {"10.0.0.5:80-10.0.0.6:80", ""},
      {"10.0.0.5:80-10.0.0.6:80,10.0.0.6:80-10.0.0.7:80", "10.0.0.6:80"},
      {"10.0.0.5:80-10.0.0.1:80", ""},
      {"10.0.0.1:80-127.0.0.1:80", ""},
  };
  for (const Row& row : table) {
    const std::string line = FindLoop(For(row.map).targets, own);
    const std::string begin = std::string("-x: a loop: what is copied to ") + row.looping + " ";
    BOOST_TEST((*row.looping == '\0' ? line.empty() : line.starts_with(begin)),
               row.map << ": " << line);
  }
}

}  // namespace
}  // namespace tcpcopy
