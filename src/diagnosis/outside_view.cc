#include "src/diagnosis/outside_view.h"

#include <fmt/format.h>

#include "src/diagnosis/remedy.h"

namespace tcpcopy {
namespace {

Finding Problem(std::string id, std::string cause, std::string where, std::string fix) {
  return {std::move(id), Severity::kProblem, std::move(cause), std::move(where), std::move(fix)};
}

/// Of an "unreachable" message: somebody's rules, not the network's state.
bool IsProhibition(const Sighting& told) {
  const bool v4 = told.from->IsV4();
  const int code = told.icmp_code;
  return v4 ? code == 9 || code == 10 || code == 13 : code == 1 || code == 5 || code == 6;
}

/// TCP never says so; firewalls do.
bool IsPortUnreachable(const Sighting& told) {
  return told.icmp_code == (told.from->IsV4() ? 3 : 4);
}

Finding TargetUnreachable(const ProbeEvidence& evidence, const std::string& says) {
  const std::string target = evidence.probe.peer.address.ToString();
  return Problem("target-unreachable",
                 fmt::format("The target {} cannot be reached: {}.", target, says), "here",
                 "ip route get " + target);
}

/// Where the target's answers should go: to an intercept that brings them here, or here.
std::optional<IpAddress> HopForAnswers(const ProbeEvidence& evidence) {
  if (!evidence.by_intercepts) return evidence.here.to_target.source;
  for (const Witness& witness : evidence.witnesses) {
    if (!witness.only_asked) return witness.intercept.address;
  }
  if (!evidence.blind.empty()) return evidence.blind.front().intercept.address;
  return std::nullopt;
}

/// It answers this host itself, but nobody with the probe's address: three causes, told apart only
/// on the target.
Finding SilentToClients(const ProbeEvidence& evidence) {
  const IpAddress& client = evidence.probe.local.address;
  const std::string target = evidence.probe.peer.address.ToString();
  const std::string interface = "<its interface>";
  return Problem(
      "target-silent",
      fmt::format(
          "The target answers this host itself, but no answer to a SYN from {} comes. Either "
          "the network drops what does not bear this host's address, or, on the target, "
          "rp_filter drops it ({}), there is no route to the client that leads {} "
          "({}), or a firewall drops it (nft list ruleset). An intercept there can tell "
          "which.",
          client.ToString(), LooseRpFilterCommand(interface),
          evidence.by_intercepts ? "to an intercept" : "here",
          RouteCommand(client, HopForAnswers(evidence))),
      target, fmt::format("intercept, and here: tcpcopy --ask {}", target));
}

}  // namespace

Finding PortClosed(const ProbeEvidence& evidence) {
  const Endpoint& target = evidence.probe.peer;
  const bool other =
      evidence.same_port == ConnectResult::kAccepted && evidence.source_port != target.port;
  const Endpoint open{target.address, evidence.source_port};
  if (other) {
    return Problem("target-port-closed",
                   fmt::format("Nobody listens at {}; at {} somebody does.", target.ToString(),
                               open.ToString()),
                   "here", fmt::format("tcpcopy -x {}-{}", evidence.source_port, open.ToString()));
  }
  return Problem("target-port-closed", fmt::format("Nobody listens at {}.", target.ToString()),
                 target.address.ToString(), fmt::format("ss -ltn sport = :{}", target.port));
}

std::optional<Finding> ToldByIcmp(const ProbeEvidence& evidence) {
  const Sighting* const told = evidence.here.Find(PacketKind::kUnreachable, false);
  if (told == nullptr || !told->from) return std::nullopt;
  const Endpoint& target = evidence.probe.peer;
  const bool by_target = *told->from == target.address;
  if (by_target && (IsProhibition(*told) || IsPortUnreachable(*told))) {
    const FirewallVerdict likely{PacketKind::kSyn, "input", "inet", "filter", "input", "reject"};
    return Problem("firewall-on-target",
                   "The target's firewall rejects what we send, and says so by ICMP.",
                   target.address.ToString(), AcceptCommand(likely, evidence.probe));
  }
  if (IsProhibition(*told)) {
    return Problem("firewall-on-the-way",
                   fmt::format("{} rejects what we send to the target, and says so by ICMP.",
                               told->from->ToString()),
                   told->from->ToString(), "nft list ruleset");
  }
  return TargetUnreachable(evidence, fmt::format("{} says so by ICMP", told->from->ToString()));
}

std::optional<Finding> FramesUnanswered(const ProbeEvidence& evidence) {
  const bool only_they =
      evidence.frames_asked && !evidence.foreign && evidence.connect == ConnectResult::kAccepted;
  if (!only_they || evidence.AnswerWasSeen()) return std::nullopt;
  return Problem("frames-unanswered",
                 fmt::format("{} answers an ordinary connection of this host, but not frames: they "
                             "pass by a route or a rule of this host that leads there, or go to a "
                             "wrong MAC address.",
                             evidence.probe.peer.ToString()),
                 "here", "tcpcopy --send=ip, without -o, --vlan and the MAC addresses of -x");
}

Finding FromOutside(const ProbeEvidence& evidence) {
  const std::string target = evidence.probe.peer.ToString();
  switch (evidence.connect) {
    case ConnectResult::kRefused:
      return PortClosed(evidence);
    case ConnectResult::kUnreachable:
      return TargetUnreachable(evidence, "the kernel says so");
    case ConnectResult::kSilent:
      return Problem(
          "target-silent",
          fmt::format("{} answers neither the probe nor an ordinary connection of this "
                      "host: the address is wrong, or a firewall on the target or before "
                      "it drops what comes. An intercept there can tell which.",
                      target),
          evidence.probe.peer.address.ToString(),
          fmt::format("intercept, and here: tcpcopy --ask {}",
                      evidence.probe.peer.address.ToString()));
    case ConnectResult::kAccepted:
    case ConnectResult::kNotTried:
      break;
  }
  if (evidence.foreign) return SilentToClients(evidence);
  return Problem("reply-lost",
                 fmt::format("{} answers an ordinary connection of this host, but not the probe, "
                             "which bears the same address: something between keeps track of "
                             "connections and does not know this one.",
                             target),
                 "", "");
}

}  // namespace tcpcopy
