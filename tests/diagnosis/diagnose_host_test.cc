#include "src/diagnosis/diagnose_host.h"

#include <boost/test/unit_test.hpp>
#include <functional>

namespace tcpcopy {
namespace {

using State = InterceptEvidence::State;

HostEvidence Sound() {
  HostEvidence host;
  host.program = "/usr/bin/tcpcopy";
  host.kernel = {6, 1};
  host.clients.wanted = {"port 80"};
  host.clients.seen = 9;
  host.clients.listened = std::chrono::milliseconds(500);
  return host;
}

InterceptEvidence Intercept(State state) {
  InterceptEvidence intercept;
  intercept.address = {IpAddress::Parse("10.0.3.2").value(), 36524};
  intercept.state = state;
  intercept.trouble = "it said so";
  return intercept;
}

struct Case {
  const char* id;
  Severity severity;
  const char* fix;  // part of it
  std::function<void(HostEvidence&)> make;
};

const Case kCases[] = {
    {"kernel", Severity::kFine, "", [](auto&) {}},
    {"capabilities", Severity::kFine, "", [](auto&) {}},
    {"clients", Severity::kFine, "", [](auto&) {}},
    {"kernel-too-old", Severity::kProblem, "newer",
     [](auto& h) {
       h.kernel = {5, 4};
     }},
    {"no-capability", Severity::kProblem,
     "sudo setcap cap_net_raw,cap_net_admin+ep /usr/bin/tcpcopy",
     [](auto& h) { h.missing_capabilities = {"CAP_NET_RAW"}; }},
    {"io-uring-disabled", Severity::kProblem, "sysctl -w kernel.io_uring_disabled=0",
     [](auto& h) {
       h.refusals["engine"] = "io_uring: Operation not permitted";
       h.io_uring_disabled = 2;
     }},
    {"cannot-engine", Severity::kProblem, "", [](auto& h) { h.refusals["engine"] = "no memory"; }},
    {"cannot-capture", Severity::kProblem, "",
     [](auto& h) { h.refusals["capture"] = "-i: interface x: there is no such interface"; }},
    {"no-guard", Severity::kProblem, "modprobe nf_tables",
     [](auto& h) { h.refusals["guard"] = "cannot install the nftables guard: no"; }},
    {"no-client-traffic", Severity::kWarning, "", [](auto& h) { h.clients.seen = 0; }},
    {"wrong-interface", Severity::kProblem, "tcpcopy -i eth0,eth2",
     [](auto& h) {
       h.clients.interfaces = {"eth1"};
       h.clients.seen = 0;
       h.clients.others = {{"eth0", 3}, {"eth2", 1}};
     }},
    {"snaplen-cuts", Severity::kWarning, "tcpcopy -S 262144",
     [](auto& h) {
       h.clients.snapshot_bytes = 1500;
       h.clients.merging = {"eth0"};
     }},
    {"targets-left-out", Severity::kWarning, "",
     [](auto& h) {
       h.left_out = {{IpAddress::V4(1), 80}};
     }},
    {"intercept", Severity::kFine, "", [](auto& h) { h.intercepts = {Intercept(State::kUp)}; }},
    {"intercept-down", Severity::kProblem, "intercept -p 36524",
     [](auto& h) {
       h.intercepts = {Intercept(State::kDown)};
       h.intercepts[0].connect = ConnectResult::kRefused;
     }},
    {"intercept-wrong-port", Severity::kProblem, "tcpcopy -s 10.0.3.2:36524",
     [](auto& h) {
       h.intercepts = {Intercept(State::kDown)};
       h.intercepts[0].address.port = 36525;
       h.intercepts[0].connect = ConnectResult::kRefused;
       h.intercepts[0].usual_port = ConnectResult::kAccepted;
     }},
    {"intercept-unreachable", Severity::kProblem, "tcp dport 36524 accept",
     [](auto& h) {
       h.intercepts = {Intercept(State::kDown)};
       h.intercepts[0].connect = ConnectResult::kSilent;
     }},
    {"wrong-secret", Severity::kProblem, "--secret-file",
     [](auto& h) { h.intercepts = {Intercept(State::kWrongSecret)}; }},
    {"not-allowed", Severity::kProblem, "intercept --allow 0.0.0.1",
     [](auto& h) {
       h.intercepts = {Intercept(State::kNotAllowed)};
       h.intercepts[0].from = IpAddress::V4(1);
     }},
    {"wrong-protocol", Severity::kProblem, "--protocol=classic",
     [](auto& h) { h.intercepts = {Intercept(State::kOtherProtocol)}; }},
    {"intercept-trouble", Severity::kProblem, "",
     [](auto& h) { h.intercepts = {Intercept(State::kTrouble)}; }},
};

const Finding* Find(const Findings& findings, std::string_view id) {
  for (const Finding& finding : findings) {
    if (finding.id == id) return &finding;
  }
  return nullptr;
}

BOOST_AUTO_TEST_CASE(EachThingIsFoundByItsName) {
  for (const Case& each : kCases) {
    HostEvidence host = Sound();
    each.make(host);
    const Findings findings = DiagnoseHost(host);
    const Finding* const finding = Find(findings, each.id);
    BOOST_TEST_REQUIRE(finding != nullptr, each.id);
    BOOST_TEST((finding->severity == each.severity), each.id);
    BOOST_TEST(!finding->cause.empty(), each.id);
    BOOST_TEST((finding->fix.find(each.fix) != std::string::npos), each.id << ": " << finding->fix);
    BOOST_TEST(Healthy(findings) == (each.severity != Severity::kProblem), each.id);
  }
}

BOOST_AUTO_TEST_CASE(WhoCannotCaptureIsNotToldOfSilence) {
  HostEvidence host = Sound();
  host.clients.seen = 0;
  host.missing_capabilities = {"CAP_NET_RAW"};
  BOOST_TEST(Find(DiagnoseHost(host), "no-client-traffic") == nullptr);
}

BOOST_AUTO_TEST_CASE(OnlyMergedPacketsAreCutByAShortSnapshot) {
  HostEvidence host = Sound();
  host.clients.snapshot_bytes = 1500;
  BOOST_TEST(Find(DiagnoseHost(host), "snaplen-cuts") == nullptr);
  host.clients.merging = {"eth0"};
  host.clients.snapshot_bytes = 262'144;
  BOOST_TEST(Find(DiagnoseHost(host), "snaplen-cuts") == nullptr);
}

BOOST_AUTO_TEST_CASE(AReplayDoesNotNeedWhoIsOnlyAsked) {
  HostEvidence host = Sound();
  host.intercepts = {Intercept(State::kUp), Intercept(State::kWrongSecret)};
  BOOST_TEST(!Healthy(DiagnoseHost(host)));
  host.intercepts[1].only_asked = true;
  const Findings findings = DiagnoseHost(host);
  BOOST_TEST((Find(findings, "wrong-secret")->severity == Severity::kWarning));
  BOOST_TEST((Find(findings, "intercept")->severity == Severity::kFine));
  BOOST_TEST(Healthy(findings));
}

BOOST_AUTO_TEST_CASE(AFileHasNoClientsToListenTo) {
  HostEvidence host = Sound();
  host.clients.live = false;
  host.clients.seen = 0;
  BOOST_TEST(Find(DiagnoseHost(host), "no-client-traffic") == nullptr);
}

}  // namespace
}  // namespace tcpcopy
