#include "src/diagnosis/diagnose_host.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "src/io/intercept/reply_protocol.h"

namespace tcpcopy {
namespace {

Finding Problem(std::string id, std::string cause, std::string where, std::string fix) {
  return {std::move(id), Severity::kProblem, std::move(cause), std::move(where), std::move(fix)};
}

Finding Kernel(const HostEvidence& host) {
  if (!host.kernel) return Fine("kernel", "the kernel's version is not known");
  if (*host.kernel >= kOldestKernel) {
    return Fine("kernel", fmt::format("kernel {}", host.kernel->ToString()));
  }
  return Problem("kernel-too-old",
                 fmt::format("This kernel is {}; tcpcopy needs {} or later.",
                             host.kernel->ToString(), kOldestKernel.ToString()),
                 "here", "use a newer kernel (Debian 12 has 6.1)");
}

Finding MayAct(const HostEvidence& host) {
  if (host.missing_capabilities.empty()) {
    return Fine("capabilities", "may capture and send packets");
  }
  return Problem("no-capability",
                 fmt::format("This process lacks {}, so it can neither capture nor send packets.",
                             fmt::join(host.missing_capabilities, " and ")),
                 "here", fmt::format("sudo setcap cap_net_raw,cap_net_admin+ep {}", host.program));
}

void AddRefusals(const HostEvidence& host, Findings& findings) {
  for (const auto& [what, why] : host.refusals) {
    if (what == "engine" && host.io_uring_disabled != 0) {
      findings.push_back(Problem("io-uring-disabled",
                                 fmt::format("io_uring is switched off on this host ({}).", why),
                                 "here", "sysctl -w kernel.io_uring_disabled=0"));
    } else if (what == "guard") {
      findings.push_back(Problem(
          "no-guard",
          fmt::format("What keeps this kernel from resetting the copied connections cannot be set "
                      "up: {}.",
                      why),
          "here", "modprobe nf_tables"));
    } else {
      findings.push_back(Problem("cannot-" + what, why + ".", "", ""));
    }
  }
}

/// Where nothing arrives it may be the wrong place, or nobody may have said anything.
Finding Clients(const ClientEvidence& clients) {
  const std::string wanted = fmt::format("{}", fmt::join(clients.wanted, ", "));
  const std::string where = clients.interfaces.empty()
                                ? "all interfaces"
                                : fmt::format("{}", fmt::join(clients.interfaces, ", "));
  const double seconds = std::chrono::duration<double>(clients.listened).count();
  if (clients.seen > 0) {
    return Fine("clients", fmt::format("{} packets of clients for {} in {:.1f} s on {}",
                                       clients.seen, wanted, seconds, where));
  }
  if (clients.others.empty()) {
    return {
        "no-client-traffic", Severity::kWarning,
        fmt::format("No client sent anything for {} in {:.1f} s (on {}); until one does there is "
                    "nothing to copy.",
                    wanted, seconds, where)};
  }
  std::vector<std::string> names;
  for (const auto& [name, packets] : clients.others) names.push_back(name);
  const std::string right = fmt::format("{}", fmt::join(names, ","));
  return Problem(
      "wrong-interface",
      fmt::format("What clients send for {} arrives on {}, not on {}.", wanted, right, where),
      "here", "tcpcopy -i " + right);
}

/// A merged packet is up to 64 kB long, and what is cut off it is missing in the copy.
bool CutsMerged(const ClientEvidence& clients) {
  constexpr int kLongest = 65'536 + 64;
  return !clients.merging.empty() && clients.snapshot_bytes < kLongest;
}

Finding Cuts(const ClientEvidence& clients) {
  const std::string names = fmt::format("{}", fmt::join(clients.merging, ", "));
  return {
      "snaplen-cuts", Severity::kWarning,
      fmt::format("Of each packet {} bytes are kept (-S), but {} merges segments to longer ones "
                  "(GRO); sessions with such packets end as 'capture gap'.",
                  clients.snapshot_bytes, names),
      "here", "tcpcopy -S 262144"};
}

Finding LeftOut(const std::vector<Endpoint>& targets) {
  std::vector<std::string> names;
  for (const Endpoint& target : targets) names.push_back(target.ToString());
  return {
      "targets-left-out", Severity::kWarning,
      fmt::format("Too many targets for one examination; not probed: {}.", fmt::join(names, ", "))};
}

Finding Unreached(const InterceptEvidence& intercept) {
  const std::string address = intercept.address.ToString();
  const std::string host = intercept.address.address.ToString();
  if (intercept.usual_port == ConnectResult::kAccepted) {
    const Endpoint usual{intercept.address.address, kInterceptPort};
    return Problem(
        "intercept-wrong-port",
        fmt::format("Nobody listens at {}, but at {} somebody does.", address, usual.ToString()),
        "here",
        fmt::format("tcpcopy {} {}", intercept.only_asked ? "--ask" : "-s", usual.ToString()));
  }
  if (intercept.connect == ConnectResult::kRefused) {
    return Problem("intercept-down",
                   fmt::format("{} is there, but no intercept listens at {}.", host, address), host,
                   fmt::format("intercept -p {}", intercept.address.port));
  }
  return Problem(
      "intercept-unreachable",
      fmt::format("{} does not answer: the host is down, another one, or a firewall "
                  "drops what is sent to its port {}.",
                  address, intercept.address.port),
      host,
      fmt::format("nft insert rule inet filter input tcp dport {} accept", intercept.address.port));
}

Finding Intercept(const InterceptEvidence& intercept) {
  using State = InterceptEvidence::State;
  const std::string address = intercept.address.ToString();
  const std::string host = intercept.address.address.ToString();
  switch (intercept.state) {
    case State::kUp:
      return Fine("intercept", fmt::format("the intercept at {} takes us", address));
    case State::kDown:
      return Unreached(intercept);
    case State::kWrongSecret:
      return Problem("wrong-secret",
                     fmt::format("The intercept at {} and this tcpcopy do not know the same "
                                 "secret: {}.",
                                 address, intercept.trouble),
                     "here", "tcpcopy --secret-file FILE, with a copy of the intercept's file");
    case State::kNotAllowed:
      return Problem(
          "not-allowed",
          fmt::format("The intercept at {} takes no connections from here: {}.", address,
                      intercept.trouble),
          host, "intercept --allow " + (intercept.from ? intercept.from->ToString() : "NETWORK"));
    case State::kOtherProtocol:
      return Problem("wrong-protocol",
                     fmt::format("{} speaks the other protocol: {}.", address, intercept.trouble),
                     "here",
                     "tcpcopy --protocol=classic for an intercept of TCPCopy, "
                     "--protocol=own for ours");
    case State::kTrouble:
      break;
  }
  return Problem("intercept-trouble", fmt::format("{}: {}.", address, intercept.trouble), "", "");
}

}  // namespace

Findings DiagnoseHost(const HostEvidence& host) {
  Findings findings = {Kernel(host), MayAct(host)};
  AddRefusals(host, findings);
  const bool blind = !host.missing_capabilities.empty() || host.refusals.contains("capture");
  if (host.clients.live && !blind) findings.push_back(Clients(host.clients));
  if (host.clients.live && CutsMerged(host.clients)) findings.push_back(Cuts(host.clients));
  for (const InterceptEvidence& intercept : host.intercepts) {
    findings.push_back(Intercept(intercept));
    Severity& severity = findings.back().severity;
    // A replay does not need one that is only asked.
    if (intercept.only_asked && severity == Severity::kProblem) severity = Severity::kWarning;
  }
  if (!host.left_out.empty()) findings.push_back(LeftOut(host.left_out));
  return findings;
}

}  // namespace tcpcopy
