#include "src/diagnosis/way_back.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/diagnosis/outside_view.h"
#include "src/diagnosis/remedy.h"

namespace tcpcopy {
namespace {

using enum PacketKind;

bool NotAnswered(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  const Observation* const at = c.at_target();
  const bool made = at->Reached(kSynAck, "output");
  const bool no_route = at->Grown("IpOutNoRoutes") + at->Grown("Ip6OutNoRoutes") > 0;
  if (!at->to_client.exists() || (!made && no_route)) return c.NoRouteToClient();
  if (made) {
    const IpAddress hop = at->to_client.gateway.value_or(c.client());
    return c.Bad(
        "no-next-hop-on-target",
        fmt::format("The target's answer does not leave it: {}, to which it would give what "
                    "is for {}, does not answer when asked for its link-layer address.",
                    hop.ToString(), c.client().ToString()),
        c.WhereTargetIs(), c.WayToClient());
  }
  if (at->Grown("TcpExtListenOverflows") + at->Grown("TcpExtListenDrops") > 0) {
    return c.Bad("listen-queue-full",
                 "The target's kernel drops SYNs because the program does not accept connections "
                 "quickly enough.",
                 c.WhereTargetIs(), fmt::format("ss -ltn sport = :{}", e.probe.peer.port));
  }
  if (at->old_iptables) {
    return c.Bad("firewall-on-target",
                 "The SYN gets as far as the target's firewall and no further; it has rules of the "
                 "old iptables, which tell nobody of what they drop.",
                 c.WhereTargetIs(), "iptables-legacy-save -c | grep DROP");
  }
  return c.Bad("target-silent",
               fmt::format("The SYN arrives at the target, and its kernel answers nothing{}.",
                           at->traced ? ""
                                      : "; which rule of a firewall that may be cannot "
                                        "be told: " +
                                            at->trace_problem),
               c.WhereTargetIs(), fmt::format("ss -ltn sport = :{}", e.probe.peer.port));
}

bool IsAnswered(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  const Observation* const at = c.at_target();
  const bool seen_later = e.AnswerWasSeen();
  if (at == nullptr) {
    if (seen_later) return c.Good("answers", "the target answers");
    return c.Bad(FromOutside(e));
  }
  if (const FirewallVerdict* const eaten = at->Eaten(kSynAck); eaten != nullptr && !seen_later) {
    return c.Firewall("firewall-on-reply", "The target's firewall", *eaten, "its answer",
                      c.WhereTargetIs());
  }
  if (!seen_later && !c.HasLeft(*at, kSynAck)) return NotAnswered(c);
  return c.Good("answers", "the target answers with SYN-ACK");
}

bool ClientResets(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  const Observation* const at = c.at_target();
  const std::string cause = fmt::format(
      "The target's answer reaches the host that owns {}, which knows nothing of it and resets the "
      "connection.",
      c.client().ToString());
  if (at == nullptr) {
    return c.Bad("client-resets", cause, c.WhereTargetIs(), RouteCommand(c.client(), std::nullopt));
  }
  const auto helps_elsewhere = [&c](const Witness& witness) {
    return !witness.only_asked && !c.IsTarget(witness);
  };
  if (e.by_intercepts && std::ranges::none_of(e.witnesses, helps_elsewhere)) {
    // The intercept on the target itself: in the queue it keeps what it catches.
    return c.Bad("client-resets", cause, c.WhereTargetIs(), "intercept --catch=nfqueue");
  }
  return c.Bad("client-resets", cause, c.WhereTargetIs(), c.WayToClient());
}

/// The answer must not reach a real client, who knows nothing of it and resets the connection.
bool SentOn(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  if (!e.foreign) return true;
  if (!c.TargetIsHere() && e.here.Forwarded(kSynAck)) {
    return c.Bad(
        "forwarding-here",
        "This host sends the target's answers on to the real clients, who reset the copied "
        "connections.",
        "here", NoForwardingCommand(c.client().family()));
  }
  for (const Witness& witness : e.witnesses) {
    if (c.IsTarget(witness) || !witness.seen.Came(kSynAck) || witness.seen.Has(c.client()))
      continue;
    const std::string host = witness.intercept.address.ToString();
    if (witness.seen.Left(kSynAck)) {
      return c.Bad(
          "forwarding-on-assistant",
          fmt::format("{} sends the target's answers on to the real clients, who reset the "
                      "copied connections.",
                      host),
          host, NoForwardingCommand(c.client().family()));
    }
    if (witness.seen.forwards) {
      c.Warn("forwarding-on-assistant",
             fmt::format("{} forwards packets; it did not send on this answer, but "
                         "an assistant should forward nothing.",
                         host),
             host, NoForwardingCommand(c.client().family()));
    }
  }
  const auto reset = [](const Witness& witness) { return witness.seen.Came(kClientReset); };
  if (e.here.Came(kClientReset) || e.here.Left(kClientReset) ||
      std::ranges::any_of(e.witnesses, reset)) {
    return ClientResets(c);
  }
  return true;
}

bool GoesElsewhere(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  const Observation* const at = c.at_target();
  if (at == nullptr) {
    return c.Bad(FromOutside(e));
  }
  const RouteFact& way = at->to_client;
  const IpAddress next = way.gateway.value_or(c.client());
  if (c.AnswersGoToUs()) {
    return c.Bad(
        "reply-lost",
        fmt::format("The target gives its answer to {} as it should, and there it does not "
                    "arrive: something between the two drops it.",
                    next.ToString()));
  }
  return c.Bad(
      "reply-goes-elsewhere",
      fmt::format("The target sends what is for {} to {} through {}, where nobody waits for "
                  "it.",
                  c.client().ToString(), next.ToString(), way.interface),
      c.WhereTargetIs(), c.WayToClient());
}

bool NotBrought(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  for (const Witness& witness : e.witnesses) {
    const FirewallVerdict* const eaten = witness.seen.Eaten(kSynAck);
    if (c.IsTarget(witness) || eaten == nullptr) continue;
    const std::string host = witness.intercept.address.ToString();
    return c.Firewall("firewall-on-reply", fmt::format("The firewall of {}", host), *eaten,
                      "the target's answer", host);
  }
  for (const Witness& witness : e.witnesses) {
    const bool passes =
        c.IsTarget(witness) ? witness.seen.Left(kSynAck) : witness.seen.Came(kSynAck);
    if (!passes || witness.only_asked) continue;
    const std::string host = witness.intercept.address.ToString();
    const std::string interface = witness.seen.Find(kSynAck, c.IsTarget(witness))->interface;
    return c.Bad(
        "intercept-does-not-catch",
        fmt::format("The answer passes {} on {}, but the intercept there does not catch it: "
                    "its -i or -F leave it out, or it only takes others' replies.",
                    host, interface),
        host, fmt::format("intercept -i {}", interface));
  }
  return GoesElsewhere(c);
}

bool ComesBack(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  if (!SentOn(c)) return false;
  if (e.carrier) {
    return c.Good("comes-back",
                  fmt::format("the intercept at {} brings the answer", e.carrier->ToString()));
  }
  if (e.by_intercepts) return NotBrought(c);
  if (const Sighting* const came = e.here.Find(kSynAck, false)) {
    return c.Good("comes-back", fmt::format("the answer arrives here on {}", came->interface));
  }
  return GoesElsewhere(c);
}

}  // namespace

bool FollowBack(ProbeCase& c) { return IsAnswered(c) && ComesBack(c); }

}  // namespace tcpcopy
