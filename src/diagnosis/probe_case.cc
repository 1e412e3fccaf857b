#include "src/diagnosis/probe_case.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/diagnosis/remedy.h"

namespace tcpcopy {

ProbeCase::ProbeCase(const ProbeEvidence& evidence)
    : evidence_(evidence), at_target_(FindTarget()) {}

const Observation* ProbeCase::FindTarget() const {
  if (here().Has(target())) return &evidence_.here;
  for (const Witness& witness : evidence_.witnesses) {
    if (IsTarget(witness)) return &witness.seen;
  }
  return nullptr;
}

bool ProbeCase::HasLeft(const Observation& seen, PacketKind kind) const {
  return seen.Left(kind) || (TargetIsHere() && seen.Came(kind));
}

/// Those who wait for the target's answers, best first.
std::vector<IpAddress> ProbeCase::Hops() const {
  std::vector<IpAddress> hops;
  if (evidence_.by_intercepts) {
    for (const Witness& witness : evidence_.witnesses) {
      if (!IsTarget(witness)) hops.push_back(witness.intercept.address);
    }
  }
  if (here().to_target.source) hops.push_back(*here().to_target.source);
  for (const InterfaceAddress& own : here().addresses) hops.push_back(own.address);
  return hops;
}

std::string ProbeCase::WayToClient() const {
  return RouteCommand(client(), OnLink(at_target_->addresses, Hops()));
}

bool ProbeCase::AnswersGoToUs() const {
  const IpAddress next = at_target_->to_client.gateway.value_or(client());
  const std::vector<IpAddress> hops = Hops();
  return std::ranges::find(hops, next) != hops.end();
}

bool ProbeCase::Good(std::string id, std::string what) {
  findings_.push_back(Fine(std::move(id), std::move(what)));
  return true;
}

bool ProbeCase::Bad(Finding finding) {
  findings_.push_back(std::move(finding));
  return false;
}

bool ProbeCase::Bad(std::string id, std::string cause, std::string where, std::string fix) {
  return Bad(
      {std::move(id), Severity::kProblem, std::move(cause), std::move(where), std::move(fix)});
}

void ProbeCase::Warn(std::string id, std::string cause, std::string where, std::string fix) {
  findings_.push_back(
      {std::move(id), Severity::kWarning, std::move(cause), std::move(where), std::move(fix)});
}

bool ProbeCase::Firewall(std::string id, const std::string& whose, const FirewallVerdict& verdict,
                         const std::string& what, std::string where) {
  return Bad(std::move(id),
             fmt::format("{} ({}, table {} {}, chain {}) {} {}: \"{}\".", whose, verdict.hook,
                         verdict.family, verdict.table, verdict.chain,
                         verdict.queued ? "gives to a program" : "drops", what, verdict.rule),
             std::move(where), AcceptCommand(verdict, evidence_.probe));
}

bool ProbeCase::NoRouteToClient() {
  return Bad(
      "no-route-to-clients-on-target",
      fmt::format("The target has no route to {}, so it cannot answer. It needs one for each "
                  "network that clients come from.",
                  client().ToString()),
      WhereTargetIs(), WayToClient());
}

bool ProbeCase::ConntrackFull(const Observation& seen, std::string where) {
  return Bad("conntrack-full",
             fmt::format("Connection tracking has {} of {} entries and drops what is new.",
                         seen.conntrack_count, seen.conntrack_max),
             std::move(where),
             fmt::format("sysctl -w net.netfilter.nf_conntrack_max={}", seen.conntrack_max * 4));
}

bool ConntrackIsFull(const Observation& seen) {
  return seen.conntrack_max > 0 && seen.conntrack_count * 100 >= seen.conntrack_max * 99;
}

}  // namespace tcpcopy
