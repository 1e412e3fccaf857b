#include "src/io/nftables/packet_trace.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "src/io/uring/raw_socket.h"
#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Listener;
using testing::MakeSyn;
using Verdict = TraceEvent::Verdict;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

struct Traced {
  explicit Traced(std::uint16_t port) {
    flow.local = {IpAddress::Parse("127.64.0.1").value(), port};
    flow.peer = listener.endpoint;
    trace = PacketTrace::Start(flow).value();
  }

  void SendSyn(const Endpoint& from) {
    const UniqueFd socket = OpenRawSocket(IpFamily::kV4).value();
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const auto packet = MakeSyn(from, listener.endpoint, 1);
    // Loopback delivers within the call, or refuses what a rule drops.
    static_cast<void>(::sendto(socket.get(), packet.data(), packet.size(), 0,
                               reinterpret_cast<const sockaddr*>(&name), sizeof name));
  }

  /// The hooks that SYNs (or their answers) have reached, in order.
  std::vector<std::string> Hooks(bool answers) {
    std::vector<std::string> hooks;
    for (const TraceEvent& event : trace->Read()) {
      const bool is_answer = event.flow.local == flow.peer;
      if (is_answer == answers && !event.hook.empty() && !event.flags.rst()) {
        hooks.push_back(event.hook);
      }
    }
    return hooks;
  }

  std::vector<TraceEvent> Losses() {
    std::vector<TraceEvent> losses = trace->Read();
    std::erase_if(losses,
                  [](const TraceEvent& event) { return event.verdict == Verdict::kPassed; });
    return losses;
  }

  Listener listener{"127.0.0.1"};
  FlowKey flow;
  std::unique_ptr<PacketTrace> trace;
};

const std::vector<std::string> kWholeWay = {"output", "postrouting", "prerouting", "input"};

BOOST_AUTO_TEST_CASE(TellsEachHookThatAPacketReaches) {
  Traced traced(5001);
  traced.SendSyn(traced.flow.local);
  BOOST_TEST(traced.Hooks(false) == kWholeWay, boost::test_tools::per_element());
  BOOST_TEST(traced.Hooks(true) == kWholeWay, boost::test_tools::per_element());
  BOOST_TEST(traced.Losses().empty());
}

BOOST_AUTO_TEST_CASE(OtherFlowsAreNotTraced) {
  Traced traced(5002);
  traced.SendSyn({IpAddress::Parse("127.64.0.1").value(), 5003});
  BOOST_TEST(traced.trace->Read().empty());
}

BOOST_AUTO_TEST_CASE(NamesTheRuleThatDrops) {
  testing::Shell(
      "nft 'add table ip f; add chain ip f in { type filter hook input priority 0; }; "
      "add chain ip f more; add rule ip f in jump more; "
      "add rule ip f more tcp dport 1-65535 counter drop comment \"why\"'");
  Traced traced(5004);
  traced.SendSyn(traced.flow.local);
  const std::vector<TraceEvent> losses = traced.Losses();
  BOOST_REQUIRE(losses.size() == 1U);
  const TraceEvent& loss = losses.front();
  BOOST_TEST((loss.verdict == Verdict::kDropped));
  BOOST_TEST((loss.flow == traced.flow));
  BOOST_TEST(loss.flags.syn());
  BOOST_TEST(loss.family == "ip");
  BOOST_TEST(loss.table == "f");
  BOOST_TEST(loss.chain == "more");
  BOOST_TEST(traced.trace->RuleText(loss) == "tcp dport 1-65535 counter drop comment \"why\"");
  BOOST_TEST(traced.Hooks(true).empty());
  testing::Shell("nft delete table ip f");
}

BOOST_AUTO_TEST_CASE(NamesThePolicyThatDrops) {
  testing::Shell(
      "nft 'add table inet p; "
      "add chain inet p out { type filter hook output priority 0; policy drop; }'");
  Traced traced(5005);
  traced.SendSyn(traced.flow.local);
  const std::vector<TraceEvent> losses = traced.Losses();
  BOOST_REQUIRE(losses.size() == 1U);
  BOOST_TEST(losses.front().family == "inet");
  BOOST_TEST(losses.front().chain == "out");
  BOOST_TEST(losses.front().rule == 0U);
  BOOST_TEST(traced.trace->RuleText(losses.front()) == "policy drop");
  const std::vector<std::string> only = {"output"};
  BOOST_TEST(traced.Hooks(false) == only, boost::test_tools::per_element());
  testing::Shell("nft delete table inet p");
}

BOOST_AUTO_TEST_CASE(SeesTheRulesOfIptables) {
  testing::Shell("iptables-nft -A INPUT -p tcp -s 127.64.0.1 -j REJECT");
  Traced traced(5006);
  traced.SendSyn(traced.flow.local);
  const std::vector<TraceEvent> losses = traced.Losses();
  BOOST_REQUIRE(losses.size() == 1U);
  BOOST_TEST(losses.front().family == "ip");
  BOOST_TEST(losses.front().table == "filter");
  BOOST_TEST(losses.front().chain == "INPUT");
  BOOST_TEST(!traced.trace->RuleText(losses.front()).empty());
  testing::Shell("iptables-nft -F");
}

BOOST_AUTO_TEST_CASE(TheTableGoesWithTheTrace) {
  Traced traced(5007);
  testing::Shell("nft list tables | grep -q tcpcopy_trace_");
  traced.trace.reset();
  testing::Shell("! nft list tables | grep -q tcpcopy_trace_");
}

BOOST_AUTO_TEST_CASE(FindsARuleByItsHandle) {
  constexpr std::string_view kListing =
      "table ip f {\n\tchain in { # handle 4\n\t\ttype filter hook input priority 0;\n"
      "\t\ttcp dport 80 drop # handle 14\n\t\ttcp dport { 80, 81 } drop # handle 15\n\t}\n}\n";
  BOOST_TEST(PacketTrace::LineOf(14, kListing) == "tcp dport 80 drop");
  BOOST_TEST(PacketTrace::LineOf(15, kListing) == "tcp dport { 80, 81 } drop");
  BOOST_TEST(PacketTrace::LineOf(4, kListing) == "");
  BOOST_TEST(PacketTrace::LineOf(5, kListing) == "");
}

}  // namespace
}  // namespace tcpcopy
