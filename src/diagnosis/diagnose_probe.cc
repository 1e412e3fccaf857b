#include "src/diagnosis/diagnose_probe.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "src/diagnosis/outside_view.h"
#include "src/diagnosis/remedy.h"

namespace tcpcopy {
namespace {

using enum PacketKind;

/// One walk along a probe's way. Each step says whether the next one is worth a look.
class Journey {
 public:
  explicit Journey(const ProbeEvidence& evidence)
      : e_(evidence),
        client_(e_.probe.local.address),
        target_(e_.probe.peer.address),
        at_target_(FindTarget()) {}

  Findings Walk() {
    if (e_.foreign && e_.made_up) {
      findings_.push_back({"no-client-known", Severity::kWarning,
                           fmt::format("No client was seen, so the probe bears {}, which is "
                                       "nobody's; routes and rules for real clients may differ.",
                                       client_.ToString()),
                           "here", "tcpcopy --doctor --probe-client IP"});
    }
    if (Leaves() && Arrives() && IsAnswered()) ComesBack();
    return std::move(findings_);
  }

 private:
  const Observation* FindTarget() const {
    if (e_.here.Has(target_)) return &e_.here;
    for (const Witness& witness : e_.witnesses) {
      if (witness.seen.Has(target_)) return &witness.seen;
    }
    return nullptr;
  }
  bool TargetIsHere() const { return at_target_ == &e_.here; }
  bool IsTarget(const Witness& witness) const { return witness.seen.Has(target_); }
  /// Loopback shows a packet once, on its way in.
  bool HasLeft(const Observation& seen, PacketKind kind) const {
    return seen.Left(kind) || (TargetIsHere() && seen.Came(kind));
  }
  std::string WhereTargetIs() const { return TargetIsHere() ? "here" : target_.ToString(); }

  bool Ok(std::string id, std::string what) {
    findings_.push_back(Fine(std::move(id), std::move(what)));
    return true;
  }
  bool Bad(std::string id, std::string cause, std::string where = "", std::string fix = "") {
    findings_.push_back(
        {std::move(id), Severity::kProblem, std::move(cause), std::move(where), std::move(fix)});
    return false;
  }

  bool Firewall(const std::string& id, const std::string& whose, const FirewallVerdict& verdict,
                const std::string& what, std::string where) {
    const std::string cause =
        fmt::format("{} ({}, table {} {}, chain {}) {} {}: \"{}\".", whose, verdict.hook,
                    verdict.family, verdict.table, verdict.chain,
                    verdict.queued ? "gives to a program" : "drops", what, verdict.rule);
    return Bad(id, cause, std::move(where), AcceptCommand(verdict, e_.probe));
  }

  bool Leaves();
  bool DoesNotLeave();
  bool Arrives();
  bool LostInKernel();
  bool IsAnswered();
  bool NotAnswered();
  bool ComesBack();
  bool SentOn();
  bool ClientResets();
  bool NotBrought();
  bool GoesElsewhere();
  bool NoRoute();
  /// Whom the target should give its answers to, best first.
  std::vector<IpAddress> Hops() const;

  const ProbeEvidence& e_;
  const IpAddress client_;
  const IpAddress target_;
  const Observation* const at_target_;  // nullptr: nobody sits there
  Findings findings_;
};

bool Journey::Leaves() {
  const Observation& here = e_.here;
  const FirewallVerdict* const eaten = here.Eaten(kSyn);
  const bool on_the_way_out =
      eaten != nullptr && (eaten->hook == "output" || eaten->hook == "postrouting");
  if (on_the_way_out) {
    return Firewall("firewall-output", "This host's firewall", *eaten, "what we send", "here");
  }
  if (!here.to_target.exists()) {
    return Bad("no-route-to-target", fmt::format("This host has {}.", here.to_target.problem),
               "here", RouteCommand(target_, std::nullopt));
  }
  if (!HasLeft(here, kSyn)) return DoesNotLeave();
  return Ok("leaves",
            fmt::format("a SYN from {} to {} leaves through {}", e_.probe.local.ToString(),
                        e_.probe.peer.ToString(), here.to_target.interface));
}

bool Journey::DoesNotLeave() {
  const Observation& here = e_.here;
  const bool refused = e_.send_error == EPERM || e_.send_error == EACCES;
  if (refused || (e_.send_error == 0 && e_.connect == ConnectResult::kAccepted)) {
    return Bad(
        "firewall-output",
        here.old_iptables ? "A firewall rule of this host drops what we send; it is one of the old "
                            "iptables, which tell nobody of it."
                          : "Something in this host drops what we send: a firewall rule that shows "
                            "itself to nobody, or traffic control.",
        "here", here.old_iptables ? "iptables-legacy-save -c | grep DROP" : "nft list ruleset");
  }
  if (e_.send_error != 0 && e_.send_error != EHOSTUNREACH) {
    return Bad("cannot-send",
               fmt::format("The kernel refuses to send: {}.", std::strerror(e_.send_error)));
  }
  const IpAddress hop = here.to_target.gateway.value_or(target_);
  return Bad("next-hop-silent",
             fmt::format("{}, {} on {}, does not answer when this host asks for its link-layer "
                         "address: it is down, or not on that network.",
                         hop.ToString(), here.to_target.gateway ? "the router" : "the target",
                         here.to_target.interface),
             "here",
             fmt::format("ip neigh show {} dev {}", hop.ToString(), here.to_target.interface));
}

bool Journey::Arrives() {
  if (e_.here.Came(kTargetReset) || (at_target_ != nullptr && HasLeft(*at_target_, kTargetReset))) {
    findings_.push_back(PortClosed(e_));
    return false;
  }
  if (at_target_ == nullptr) {
    if (const auto told = ToldByIcmp(e_)) {
      findings_.push_back(*told);
      return false;
    }
    return true;
  }
  if (!at_target_->Came(kSyn)) {
    return Bad("lost-on-the-way",
               fmt::format("The SYN leaves this host and does not arrive at the target. {}",
                           e_.foreign ? "The network between drops what does not bear this host's "
                                        "own address, as clouds do."
                                      : "A firewall between, or another host with the target's "
                                        "address, takes it."),
               "here", e_.foreign ? "tcpcopy -c self" : "ip neigh show " + target_.ToString());
  }
  if (const FirewallVerdict* const eaten = at_target_->Eaten(kSyn)) {
    return Firewall("firewall-on-target", "The target's firewall", *eaten, "what we send",
                    WhereTargetIs());
  }
  const bool stopped = at_target_->traced && !at_target_->Reached(kSyn, "input");
  const bool answered = HasLeft(*at_target_, kSynAck) || at_target_->Reached(kSynAck, "output");
  if (!answered && (stopped || at_target_->Grown("TcpExtIPReversePathFilter") > 0)) {
    return LostInKernel();
  }
  return Ok("arrives", fmt::format("it arrives at the target on {}",
                                   at_target_->Find(kSyn, false)->interface));
}

/// It came in and got nowhere: the kernel's look at its source address.
bool Journey::LostInKernel() {
  const std::string interface = at_target_->Find(kSyn, false)->interface;
  if (at_target_->Has(client_)) {
    return Bad("client-address-on-target",
               fmt::format("{} is an address of the target itself, which takes nothing from others "
                           "that bears it.",
                           client_.ToString()),
               "here", "tcpcopy -c, with other addresses");
  }
  if (!at_target_->to_client.exists()) return NoRoute();
  const auto filter = at_target_->rp_filter.find(interface);
  if (filter != at_target_->rp_filter.end() && filter->second != 0) {
    return Bad(
        "rp-filter-on-target",
        fmt::format("The target's reverse path filter (rp_filter {} on {}) drops the SYN: "
                    "it would answer {} through {}, not where the SYN came in.",
                    filter->second, interface, client_.ToString(), at_target_->to_client.interface),
        WhereTargetIs(), LooseRpFilterCommand(interface));
  }
  return Bad("dropped-by-targets-routing",
             fmt::format("The SYN arrives at the target on {}, and its kernel drops it when it "
                         "looks for the way.",
                         interface),
             WhereTargetIs(),
             fmt::format("ip route get {} from {} iif {}", target_.ToString(), client_.ToString(),
                         interface));
}

bool Journey::NoRoute() {
  return Bad(
      "no-route-to-clients-on-target",
      fmt::format("The target has no route to {}, so it cannot answer. It needs one for each "
                  "network that clients come from.",
                  client_.ToString()),
      WhereTargetIs(), RouteCommand(client_, OnLink(at_target_->addresses, Hops())));
}

std::vector<IpAddress> Journey::Hops() const {
  std::vector<IpAddress> hops;
  if (e_.by_intercepts) {
    for (const Witness& witness : e_.witnesses) {
      if (!IsTarget(witness)) hops.push_back(witness.intercept.address);
    }
  }
  if (e_.here.to_target.source) hops.push_back(*e_.here.to_target.source);
  for (const InterfaceAddress& own : e_.here.addresses) hops.push_back(own.address);
  return hops;
}

bool Journey::IsAnswered() {
  const auto has_answer = [](const Witness& witness) { return witness.seen.Came(kSynAck); };
  const bool seen_later =
      e_.carrier || e_.here.Came(kSynAck) || std::ranges::any_of(e_.witnesses, has_answer);
  if (at_target_ == nullptr) {
    if (seen_later) return Ok("answers", "the target answers");
    findings_.push_back(FromOutside(e_));
    return false;
  }
  if (const FirewallVerdict* const eaten = at_target_->Eaten(kSynAck);
      eaten != nullptr && !seen_later) {
    return Firewall("firewall-on-reply", "The target's firewall", *eaten, "its answer",
                    WhereTargetIs());
  }
  if (!seen_later && !HasLeft(*at_target_, kSynAck)) return NotAnswered();
  return Ok("answers", "the target answers with SYN-ACK");
}

bool Journey::NotAnswered() {
  const bool made = at_target_->Reached(kSynAck, "output");
  const bool no_route =
      at_target_->Grown("IpOutNoRoutes") + at_target_->Grown("Ip6OutNoRoutes") > 0;
  if (!at_target_->to_client.exists() || (!made && no_route)) return NoRoute();
  if (made) {
    const IpAddress hop = at_target_->to_client.gateway.value_or(client_);
    return Bad("no-next-hop-on-target",
               fmt::format("The target's answer does not leave it: {}, to which it would give what "
                           "is for {}, does not answer when asked for its link-layer address.",
                           hop.ToString(), client_.ToString()),
               WhereTargetIs(), RouteCommand(client_, OnLink(at_target_->addresses, Hops())));
  }
  if (at_target_->Grown("TcpExtListenOverflows") + at_target_->Grown("TcpExtListenDrops") > 0) {
    return Bad("listen-queue-full",
               "The target's kernel drops SYNs because the program does not accept connections "
               "quickly enough.",
               WhereTargetIs(), fmt::format("ss -ltn sport = :{}", e_.probe.peer.port));
  }
  if (at_target_->old_iptables) {
    return Bad("firewall-on-target",
               "The SYN gets as far as the target's firewall and no further; it has rules of the "
               "old iptables, which tell nobody of what they drop.",
               WhereTargetIs(), "iptables-legacy-save -c | grep DROP");
  }
  return Bad("target-silent",
             fmt::format("The SYN arrives at the target, and its kernel answers nothing{}.",
                         at_target_->traced ? ""
                                            : "; which rule of a firewall that may be cannot "
                                              "be told: " +
                                                  at_target_->trace_problem),
             WhereTargetIs(), fmt::format("ss -ltn sport = :{}", e_.probe.peer.port));
}

bool Journey::ComesBack() {
  if (!SentOn()) return false;
  if (e_.carrier) {
    return Ok("comes-back",
              fmt::format("the intercept at {} brings the answer", e_.carrier->ToString()));
  }
  if (e_.by_intercepts) return NotBrought();
  if (const Sighting* const came = e_.here.Find(kSynAck, false)) {
    return Ok("comes-back", fmt::format("the answer arrives here on {}", came->interface));
  }
  return GoesElsewhere();
}

/// The answer must not reach a real client, who knows nothing of it and resets the connection.
bool Journey::SentOn() {
  if (!e_.foreign) return true;
  if (!TargetIsHere() && e_.here.Forwarded(kSynAck)) {
    return Bad("forwarding-here",
               "This host sends the target's answers on to the real clients, who reset the copied "
               "connections.",
               "here", NoForwardingCommand(client_.family()));
  }
  for (const Witness& witness : e_.witnesses) {
    if (IsTarget(witness) || !witness.seen.Came(kSynAck) || witness.seen.Has(client_)) continue;
    const std::string host = witness.intercept.address.ToString();
    if (witness.seen.Left(kSynAck)) {
      return Bad("forwarding-on-assistant",
                 fmt::format("{} sends the target's answers on to the real clients, who reset the "
                             "copied connections.",
                             host),
                 host, NoForwardingCommand(client_.family()));
    }
    if (witness.seen.forwards) {
      findings_.push_back({"forwarding-on-assistant", Severity::kWarning,
                           fmt::format("{} forwards packets; it did not send on this answer, but "
                                       "an assistant should forward nothing.",
                                       host),
                           host, NoForwardingCommand(client_.family())});
    }
  }
  const auto reset = [](const Witness& witness) { return witness.seen.Came(kClientReset); };
  if (e_.here.Came(kClientReset) || e_.here.Left(kClientReset) ||
      std::ranges::any_of(e_.witnesses, reset)) {
    return ClientResets();
  }
  return true;
}

bool Journey::ClientResets() {
  const std::string cause = fmt::format(
      "The target's answer reaches the host that owns {}, which knows nothing of it and resets the "
      "connection.",
      client_.ToString());
  if (at_target_ == nullptr) {
    return Bad("client-resets", cause, WhereTargetIs(), RouteCommand(client_, std::nullopt));
  }
  const auto helps_elsewhere = [this](const Witness& witness) {
    return !witness.only_asked && !IsTarget(witness);
  };
  if (e_.by_intercepts && std::ranges::none_of(e_.witnesses, helps_elsewhere)) {
    // The intercept on the target itself: in the queue it keeps what it catches.
    return Bad("client-resets", cause, WhereTargetIs(), "intercept --catch=nfqueue");
  }
  return Bad("client-resets", cause, WhereTargetIs(),
             RouteCommand(client_, OnLink(at_target_->addresses, Hops())));
}

bool Journey::NotBrought() {
  for (const Witness& witness : e_.witnesses) {
    const bool passes = IsTarget(witness) ? witness.seen.Left(kSynAck) : witness.seen.Came(kSynAck);
    if (!passes || witness.only_asked) continue;
    const std::string host = witness.intercept.address.ToString();
    const std::string interface = witness.seen.Find(kSynAck, IsTarget(witness))->interface;
    return Bad("intercept-does-not-catch",
               fmt::format("The answer passes {} on {}, but the intercept there does not catch it: "
                           "its -i or -F leave it out, or it only takes others' replies.",
                           host, interface),
               host, fmt::format("intercept -i {}", interface));
  }
  return GoesElsewhere();
}

bool Journey::GoesElsewhere() {
  if (at_target_ == nullptr) {
    findings_.push_back(FromOutside(e_));
    return false;
  }
  const RouteFact& way = at_target_->to_client;
  const std::vector<IpAddress> hops = Hops();
  const IpAddress next = way.gateway.value_or(client_);
  const auto better = OnLink(at_target_->addresses, hops);
  const bool to_us = std::ranges::find(hops, next) != hops.end();
  if (to_us) {
    return Bad("reply-lost",
               fmt::format("The target gives its answer to {} as it should, and there it does not "
                           "arrive: something between the two drops it.",
                           next.ToString()));
  }
  return Bad("reply-goes-elsewhere",
             fmt::format("The target sends what is for {} to {} through {}, where nobody waits for "
                         "it.",
                         client_.ToString(), next.ToString(), way.interface),
             WhereTargetIs(), RouteCommand(client_, better));
}

}  // namespace

Findings DiagnoseProbe(const ProbeEvidence& evidence) { return Journey(evidence).Walk(); }

}  // namespace tcpcopy
