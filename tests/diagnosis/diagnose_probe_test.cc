#include "src/diagnosis/diagnose_probe.h"

#include <fmt/format.h>

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <functional>

namespace tcpcopy {
namespace {

using enum PacketKind;

// production (10.0.2.1) -- target (10.0.2.2), which routes the clients (10.0.1.0/24) to the
// assistant (10.0.2.3).
IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

const Endpoint kClient = {Address("10.0.1.2"), 4000};
const Endpoint kTarget = {Address("10.0.2.2"), 80};
const Endpoint kOnTarget = {Address("10.0.2.2"), 36524};
const Endpoint kAssistant = {Address("10.0.2.3"), 36524};

RouteFact Via(const char* gateway) {
  RouteFact route;
  route.interface = "eth0";
  if (*gateway != '\0') route.gateway = Address(gateway);
  return route;
}

Sighting Seen(PacketKind kind, bool outgoing, const char* interface = "eth0") {
  Sighting sighting;
  sighting.kind = kind;
  sighting.outgoing = outgoing;
  sighting.interface = interface;
  return sighting;
}

Sighting Told(const char* from, int code) {
  Sighting sighting = Seen(kUnreachable, false);
  sighting.from = Address(from);
  sighting.icmp_type = 3;
  sighting.icmp_code = code;
  return sighting;
}

Observation On(const char* address) {
  Observation seen;
  seen.probe = {kClient, kTarget};
  seen.addresses = {{"lo", Address("127.0.0.1"), 8}, {"eth0", Address(address), 24}};
  seen.to_target = Via("");
  seen.to_target.source = Address(address);
  seen.to_client = Via("10.0.2.3");
  seen.traced = true;
  return seen;
}

/// With `-c keep` and an intercept on the assistant, all is well.
ProbeEvidence Keep() {
  ProbeEvidence e;
  e.probe = {kClient, kTarget};
  e.foreign = true;
  e.by_intercepts = true;
  e.here = On("10.0.2.1");
  e.here.sightings = {Seen(kSyn, true)};
  Observation assistant = On("10.0.2.3");
  assistant.sightings = {Seen(kSynAck, false)};
  e.witnesses = {{kAssistant, assistant, false}};
  e.carrier = kAssistant;
  return e;
}

/// The same, and somebody sits on the target, too.
ProbeEvidence Watched() {
  ProbeEvidence e = Keep();
  Observation target = On("10.0.2.2");
  target.sightings = {Seen(kSyn, false), Seen(kSynAck, true)};
  target.reached = {{kSyn, {"prerouting", "input"}}, {kSynAck, {"output", "postrouting"}}};
  e.witnesses.push_back({kOnTarget, target, false});
  return e;
}

/// Watched, and no answer gets anywhere.
ProbeEvidence Unanswered() {
  ProbeEvidence e = Watched();
  e.carrier.reset();
  e.witnesses[0].seen.sightings.clear();
  e.witnesses[1].seen.sightings = {Seen(kSyn, false)};
  e.witnesses[1].seen.reached = {{kSyn, {"prerouting", "input"}}};
  return e;
}

/// The kernel took the SYN out before the firewall's input.
ProbeEvidence Stopped() {
  ProbeEvidence e = Unanswered();
  e.witnesses[1].seen.reached = {{kSyn, {"prerouting"}}};
  return e;
}

/// From this host's own address, with nobody to help.
ProbeEvidence Self() {
  ProbeEvidence e;
  e.probe = {{Address("10.0.2.1"), 4000}, kTarget};
  e.here = On("10.0.2.1");
  e.here.probe = e.probe;
  e.here.sightings = {Seen(kSyn, true), Seen(kSynAck, false)};
  return e;
}

ProbeEvidence SelfSilent() {
  ProbeEvidence e = Self();
  e.here.sightings = {Seen(kSyn, true)};
  e.connect = ConnectResult::kSilent;
  return e;
}

Observation& Target(ProbeEvidence& e) { return e.witnesses[1].seen; }

FirewallVerdict Rule(PacketKind kind, const char* hook) {
  return {kind, hook, "inet", "f", "c", "tcp dport 80 drop"};
}

struct Case {
  const char* id;
  const char* where;
  const char* fix;  // part of it
  ProbeEvidence (*start)();
  std::function<void(ProbeEvidence&)> make;
};

const Case kProblems[] = {
    {"firewall-output", "here", "nft insert rule inet f c ip daddr 10.0.2.2 tcp dport 80 accept",
     Self,
     [](auto& e) {
       e.here.sightings.clear();
       e.here.verdicts = {Rule(kSyn, "output")};
       e.send_error = EPERM;
     }},
    {"firewall-output", "here", "iptables-legacy-save", Self,
     [](auto& e) {
       e.here.sightings.clear();
       e.here.old_iptables = true;
       e.send_error = EPERM;
     }},
    {"conntrack-full", "here", "nf_conntrack_max=400", Self,
     [](auto& e) {
       e.here.sightings.clear();
       e.here.conntrack_count = e.here.conntrack_max = 100;
       e.send_error = EPERM;
     }},
    {"conntrack-full", "10.0.2.2", "nf_conntrack_max=400", Stopped,
     [](auto& e) { Target(e).conntrack_count = Target(e).conntrack_max = 100; }},
    {"no-route-to-target", "here", "ip route replace 10.0.2.2/32", Self,
     [](auto& e) { e.here.to_target.problem = "no way to 10.0.2.2"; }},
    {"next-hop-silent", "here", "ip neigh show 10.0.2.9 dev eth0", Self,
     [](auto& e) {
       e.here.sightings.clear();
       e.here.to_target = Via("10.0.2.9");
     }},
    {"cannot-send", "", "", Self,
     [](auto& e) {
       e.here.sightings.clear();
       e.send_error = EMSGSIZE;
     }},
    {"target-port-closed", "10.0.2.2", "ss -ltn sport = :80", Self,
     [](auto& e) {
       e.here.sightings = {Seen(kSyn, true), Seen(kTargetReset, false)};
     }},
    {"target-port-closed", "here", "tcpcopy -x 8080-10.0.2.2:8080", SelfSilent,
     [](auto& e) {
       e.connect = ConnectResult::kRefused;
       e.source_port = 8080;
       e.same_port = ConnectResult::kAccepted;
     }},
    {"target-port-closed", "10.0.2.2", "ss", Unanswered,
     [](auto& e) { Target(e).sightings.push_back(Seen(kTargetReset, true)); }},
    {"firewall-resets", "10.0.2.2", "nft list ruleset", Keep,
     [](auto& e) {
       e.carrier.reset();
       e.witnesses.clear();
       e.here.sightings.push_back(Seen(kTargetReset, false));
       e.connect = ConnectResult::kAccepted;
       e.source_port = 80;
       e.same_port = ConnectResult::kAccepted;
     }},
    {"firewall-resets", "10.0.2.2", "nft list ruleset", Unanswered,
     [](auto& e) {
       e.here.sightings.push_back(Seen(kTargetReset, false));
       Target(e).sightings.clear();
     }},
    {"firewall-on-target", "10.0.2.2", "nft insert rule inet f c ip daddr", Unanswered,
     [](auto& e) {
       Target(e).verdicts = {Rule(kSyn, "input")};  // reject with tcp reset
       Target(e).sightings.push_back(Seen(kTargetReset, true));
     }},
    {"firewall-on-the-way", "10.0.9.9", "nft", Unanswered,
     [](auto& e) {
       Target(e).sightings.clear();
       e.here.sightings.push_back(Told("10.0.9.9", 13));
     }},
    {"firewall-on-target", "10.0.2.2", "tcp dport 80 accept", SelfSilent,
     [](auto& e) { e.here.sightings.push_back(Told("10.0.2.2", 3)); }},
    {"firewall-on-the-way", "10.0.9.9", "nft", SelfSilent,
     [](auto& e) { e.here.sightings.push_back(Told("10.0.9.9", 13)); }},
    {"target-unreachable", "here", "ip route get 10.0.2.2", SelfSilent,
     [](auto& e) { e.here.sightings.push_back(Told("10.0.9.9", 1)); }},
    {"target-unreachable", "here", "ip route get 10.0.2.2", SelfSilent,
     [](auto& e) { e.connect = ConnectResult::kUnreachable; }},
    {"target-silent", "10.0.2.2", "tcpcopy --ask 10.0.2.2", SelfSilent, [](auto&) {}},
    {"reply-lost", "", "", SelfSilent, [](auto& e) { e.connect = ConnectResult::kAccepted; }},
    {"target-silent", "10.0.2.2", "tcpcopy --ask 10.0.2.2", Keep,
     [](auto& e) {
       e.carrier.reset();
       e.witnesses[0].seen.sightings.clear();
       e.connect = ConnectResult::kAccepted;
     }},
    {"lost-on-the-way", "here", "tcpcopy -c self", Unanswered,
     [](auto& e) { Target(e).sightings.clear(); }},
    {"firewall-on-target", "10.0.2.2", "nft insert rule inet f c ip daddr 10.0.2.2", Unanswered,
     [](auto& e) { Target(e).verdicts = {Rule(kSyn, "input")}; }},
    {"firewall-on-target", "10.0.2.2", "iptables-legacy-save", Unanswered,
     [](auto& e) { Target(e).old_iptables = true; }},
    {"rp-filter-on-target", "10.0.2.2", "sysctl -w net.ipv4.conf.eth0.rp_filter=2", Stopped,
     [](auto& e) {
       Target(e).rp_filter = {{"eth0", 1}};
     }},
    {"rp-filter-on-target", "10.0.2.2", "rp_filter=2", Unanswered,
     [](auto& e) {
       Target(e).traced = false;
       Target(e).reached.clear();
       Target(e).rp_filter = {{"eth0", 1}};
       Target(e).counters = {{"TcpExtIPReversePathFilter", 3}};
     }},
    {"no-route-to-clients-on-target", "10.0.2.2", "ip route replace 10.0.1.2/32 via 10.0.2.3",
     Stopped,
     [](auto& e) {
       Target(e).rp_filter = {{"eth0", 1}};
       Target(e).to_client.problem = "no way";
     }},
    {"no-route-to-clients-on-target", "10.0.2.2", "via 10.0.2.3", Unanswered,
     [](auto& e) { Target(e).to_client.problem = "no way"; }},
    {"client-address-on-target", "here", "tcpcopy -c", Stopped,
     [](auto& e) {
       Target(e).addresses.push_back({"eth1", kClient.address, 24});
     }},
    {"dropped-by-targets-routing", "10.0.2.2", "ip route get", Stopped, [](auto&) {}},
    {"no-next-hop-on-target", "10.0.2.2", "ip route replace 10.0.1.2/32 via 10.0.2.3", Unanswered,
     [](auto& e) {
       Target(e).reached[kSynAck] = {"output", "postrouting"};
     }},
    {"listen-queue-full", "10.0.2.2", "ss", Unanswered,
     [](auto& e) {
       Target(e).counters = {{"TcpExtListenOverflows", 1}};
     }},
    {"target-silent", "10.0.2.2", "ss", Unanswered, [](auto&) {}},
    {"firewall-on-reply", "10.0.2.2", "nft insert rule inet f c ip saddr 10.0.2.2 tcp sport 80",
     Unanswered, [](auto& e) { Target(e).verdicts = {Rule(kSynAck, "output")}; }},
    {"firewall-on-reply", "10.0.2.3", "nft insert rule inet f c ip saddr 10.0.2.2 tcp sport 80",
     Keep,
     [](auto& e) {
       e.carrier.reset();
       e.witnesses[0].seen.verdicts = {Rule(kSynAck, "prerouting")};
     }},
    {"cannot-probe", "", "", Self, [](auto& e) { e.not_sent = "no address"; }},
    {"forwarding-on-assistant", "10.0.2.3", "sysctl -w net.ipv4.ip_forward=0", Keep,
     [](auto& e) { e.witnesses[0].seen.sightings.push_back(Seen(kSynAck, true, "eth1")); }},
    {"forwarding-on-assistant", "10.0.2.3", "ip_forward=0", Watched,
     [](auto& e) {
       e.witnesses[0].seen.sightings.push_back(Seen(kSynAck, true, "eth1"));
       Target(e).sightings.push_back(Seen(kClientReset, false));
     }},
    {"client-resets", "10.0.2.2", "ip route replace 10.0.1.2/32 via 10.0.2.3", Watched,
     [](auto& e) { Target(e).sightings.push_back(Seen(kClientReset, false)); }},
    {"client-resets", "10.0.2.2", "intercept --catch=nfqueue", Watched,
     [](auto& e) {
       Target(e).sightings.push_back(Seen(kClientReset, false));
       e.witnesses[0] = e.witnesses[1];  // two on the target
     }},
    {"client-resets", "10.0.2.2", "ip route replace 10.0.1.2/32", Keep,
     [](auto& e) { e.here.sightings.push_back(Seen(kClientReset, false)); }},
    {"forwarding-here", "here", "sysctl -w net.ipv4.ip_forward=0", Watched,
     [](auto& e) {
       e.here.sightings.push_back(Seen(kSynAck, false));
       e.here.sightings.push_back(Seen(kSynAck, true, "eth1"));
     }},
    {"intercept-does-not-catch", "10.0.2.3", "intercept -i eth0", Keep,
     [](auto& e) { e.carrier.reset(); }},
    {"reply-goes-elsewhere", "10.0.2.2", "ip route replace 10.0.1.2/32 via 10.0.2.3", Watched,
     [](auto& e) {
       e.carrier.reset();
       e.witnesses[0].seen.sightings.clear();
       Target(e).to_client = Via("10.0.2.77");
       e.witnesses[1].only_asked = true;
     }},
    {"reply-lost", "", "", Watched,
     [](auto& e) {
       e.carrier.reset();
       e.witnesses[1].only_asked = true;
       e.witnesses[0].seen.sightings.clear();
     }},
};

std::string Ids(const Findings& findings) {
  std::string ids;
  for (const Finding& finding : findings) ids += finding.id + " ";
  return ids;
}

BOOST_AUTO_TEST_CASE(EachProblemIsFoundByItsName) {
  for (const Case& each : kProblems) {
    ProbeEvidence evidence = each.start();
    each.make(evidence);
    const Findings findings = DiagnoseProbe(evidence);
    BOOST_TEST_REQUIRE(!findings.empty(), each.id);
    const Finding& last = findings.back();
    BOOST_TEST(last.id == each.id, each.id << " expected, found " << Ids(findings));
    BOOST_TEST((last.severity == Severity::kProblem), each.id);
    BOOST_TEST(last.where == each.where, each.id << " at " << last.where);
    BOOST_TEST((last.fix.find(each.fix) != std::string::npos), each.id << ": " << last.fix);
    BOOST_TEST(!last.cause.empty(), each.id);
    for (std::size_t i = 0; i + 1 < findings.size(); ++i) {
      BOOST_TEST((findings[i].severity == Severity::kFine), each.id << " " << findings[i].id);
    }
  }
}

BOOST_AUTO_TEST_CASE(ARouteThatMayBeMissingLeadsToWhoeverBringsTheReplies) {
  ProbeEvidence e = Keep();
  e.carrier.reset();
  e.witnesses[0].seen.sightings.clear();
  e.connect = ConnectResult::kAccepted;
  const auto cause = [&] { return DiagnoseProbe(e).back().cause; };
  const std::string route = fmt::format("ip route replace {}/32 via ", kClient.address.ToString());
  BOOST_TEST((cause().find(route + "10.0.2.3)") != std::string::npos), cause());
  e.by_intercepts = false;
  e.witnesses.clear();
  BOOST_TEST((cause().find(route + "10.0.2.1)") != std::string::npos), cause());
}

BOOST_AUTO_TEST_CASE(AHealthyProbeIsFollowedToItsEnd) {
  for (const auto start : {Self, Keep, Watched}) {
    const Findings findings = DiagnoseProbe(start());
    BOOST_TEST(Healthy(findings), Ids(findings));
    BOOST_TEST(findings.back().id == "comes-back");
  }
}

BOOST_AUTO_TEST_CASE(TheGuardAndTheInterceptsOwnTablesAreNoFirewall) {
  ProbeEvidence e = Watched();
  e.here.verdicts = {{kSynAck, "prerouting", "inet", "tcpcopy_1", "guard", "drop"}};
  Target(e).verdicts = {{kSynAck, "output", "inet", "tcpcopy_1_queue", "take", "queue", true}};
  BOOST_TEST(Healthy(DiagnoseProbe(e)));
}

BOOST_AUTO_TEST_CASE(AFirewallBehindTheCaptureDoesNotMatter) {
  ProbeEvidence e = Self();
  e.here.verdicts = {Rule(kSynAck, "input")};
  BOOST_TEST(Healthy(DiagnoseProbe(e)));
}

BOOST_AUTO_TEST_CASE(AnAssistantThatCouldForwardIsAWarning) {
  ProbeEvidence e = Keep();
  e.witnesses[0].seen.forwards = true;
  const Findings findings = DiagnoseProbe(e);
  BOOST_TEST(Healthy(findings));
  BOOST_TEST(Ids(findings) == "leaves answers forwarding-on-assistant comes-back ");
}

BOOST_AUTO_TEST_CASE(AnInterceptThatCannotWatchIsAWarning) {
  ProbeEvidence e = Keep();
  e.blind = {{kAssistant, "CAP_NET_RAW is missing"}};
  const Findings findings = DiagnoseProbe(e);
  BOOST_TEST(Healthy(findings));
  BOOST_TEST(Ids(findings) == "intercept-is-blind leaves answers comes-back ");
}

BOOST_AUTO_TEST_CASE(AMadeUpClientIsAWarning) {
  ProbeEvidence e = Keep();
  e.made_up = true;
  const Findings findings = DiagnoseProbe(e);
  BOOST_TEST(Healthy(findings));
  BOOST_TEST(Ids(findings) == "no-client-known leaves answers comes-back ");
}

BOOST_AUTO_TEST_CASE(OnTheTargetItselfLoopbackShowsPacketsOnce) {
  ProbeEvidence e;
  e.probe = {{Address("127.64.0.1"), 4000}, {Address("127.0.0.1"), 80}};
  e.here = On("10.0.2.1");
  e.here.to_target.local = true;
  e.here.sightings = {Seen(kSyn, false, "lo"), Seen(kSynAck, false, "lo")};
  e.here.reached = {{kSyn, {"output", "prerouting", "input"}}, {kSynAck, {"output"}}};
  BOOST_TEST(Healthy(DiagnoseProbe(e)));
  e.here.sightings = {Seen(kSyn, false, "lo")};
  e.here.reached = {{kSyn, {"output", "prerouting", "input"}}};
  e.here.verdicts = {Rule(kSyn, "input")};
  BOOST_TEST(DiagnoseProbe(e).back().id == "firewall-on-target");
  BOOST_TEST(DiagnoseProbe(e).back().where == "here");
}

}  // namespace
}  // namespace tcpcopy
