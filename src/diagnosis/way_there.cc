#include "src/diagnosis/way_there.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

#include "src/diagnosis/outside_view.h"
#include "src/diagnosis/remedy.h"

namespace tcpcopy {
namespace {

using enum PacketKind;

bool DoesNotLeave(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  const Observation& here = e.here;
  if (ConntrackIsFull(here)) return c.ConntrackFull(here, "here");
  const bool refused = e.send_error == EPERM || e.send_error == EACCES;
  if (refused || (e.send_error == 0 && e.connect == ConnectResult::kAccepted)) {
    return c.Bad(
        "firewall-output",
        here.old_iptables ? "A firewall rule of this host drops what we send; it is one of the old "
                            "iptables, which tell nobody of it."
                          : "Something in this host drops what we send: a firewall rule that shows "
                            "itself to nobody, or traffic control.",
        "here", here.old_iptables ? "iptables-legacy-save -c | grep DROP" : "nft list ruleset");
  }
  if (e.send_error != 0 && e.send_error != EHOSTUNREACH) {
    return c.Bad("cannot-send",
                 fmt::format("The kernel refuses to send: {}.", std::strerror(e.send_error)));
  }
  const IpAddress hop = here.to_target.gateway.value_or(c.target());
  return c.Bad("next-hop-silent",
               fmt::format("{}, {} on {}, does not answer when this host asks for its link-layer "
                           "address: it is down, or not on that network.",
                           hop.ToString(), here.to_target.gateway ? "the router" : "the target",
                           here.to_target.interface),
               "here",
               fmt::format("ip neigh show {} dev {}", hop.ToString(), here.to_target.interface));
}

bool Leaves(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  const Observation& here = e.here;
  const FirewallVerdict* const eaten = here.Eaten(kSyn);
  if (eaten != nullptr && !c.HasLeft(here, kSyn)) {
    return c.Firewall("firewall-output", "This host's firewall", *eaten, "what we send", "here");
  }
  if (!here.to_target.exists()) {
    return c.Bad("no-route-to-target", fmt::format("This host has {}.", here.to_target.problem),
                 "here", RouteCommand(c.target(), std::nullopt));
  }
  if (!c.HasLeft(here, kSyn)) return DoesNotLeave(c);
  return c.Good("leaves",
                fmt::format("a SYN from {} to {} leaves through {}", e.probe.local.ToString(),
                            e.probe.peer.ToString(), here.to_target.interface));
}

/// It came in and got nowhere: the kernel's look at its source address.
bool LostInKernel(ProbeCase& c) {
  const Observation* const at = c.at_target();
  const std::string interface = at->Find(kSyn, false)->interface;
  if (at->Has(c.client())) {
    return c.Bad(
        "client-address-on-target",
        fmt::format("{} is an address of the target itself, which takes nothing from others "
                    "that bears it.",
                    c.client().ToString()),
        "here", "tcpcopy -c, with other addresses");
  }
  if (!at->to_client.exists()) return c.NoRouteToClient();
  const auto filter = at->rp_filter.find(interface);
  if (filter != at->rp_filter.end() && filter->second != 0) {
    return c.Bad(
        "rp-filter-on-target",
        fmt::format("The target's reverse path filter (rp_filter {} on {}) drops the SYN: "
                    "it would answer {} through {}, not where the SYN came in.",
                    filter->second, interface, c.client().ToString(), at->to_client.interface),
        c.WhereTargetIs(), LooseRpFilterCommand(interface));
  }
  return c.Bad("dropped-by-targets-routing",
               fmt::format("The SYN arrives at the target on {}, and its kernel drops it when it "
                           "looks for the way.",
                           interface),
               c.WhereTargetIs(),
               fmt::format("ip route get {} from {} iif {}", c.target().ToString(),
                           c.client().ToString(), interface));
}

/// A RST by somebody who is not the target's TCP.
bool FirewallResets(ProbeCase& c) {
  return c.Bad("firewall-resets",
               fmt::format("A firewall on the target, or before it, answers the SYN from {} with "
                           "RST, although the target is there.",
                           c.client().ToString()),
               c.WhereTargetIs(), "nft list ruleset");
}

/// Nobody sits on the target.
bool ArrivesUnwatched(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  if (e.here.Came(kTargetReset)) {
    return e.connect == ConnectResult::kAccepted ? FirewallResets(c) : c.Bad(PortClosed(e));
  }
  if (e.Answered()) return true;
  if (const auto frames = FramesUnanswered(e)) return c.Bad(*frames);
  if (const auto told = ToldByIcmp(e)) return c.Bad(*told);
  return true;
}

bool LostOnTheWay(ProbeCase& c) {
  const ProbeEvidence& e = c.evidence();
  if (e.here.Came(kTargetReset)) return FirewallResets(c);
  if (const auto frames = FramesUnanswered(e)) return c.Bad(*frames);
  if (const auto told = ToldByIcmp(e)) return c.Bad(*told);
  return c.Bad("lost-on-the-way",
               fmt::format("The SYN leaves this host and does not arrive at the target. {}",
                           e.foreign ? "The network between drops what does not bear this host's "
                                       "own address, as clouds do."
                                     : "A firewall between, or another host with the target's "
                                       "address, takes it."),
               "here", e.foreign ? "tcpcopy -c self" : "ip neigh show " + c.target().ToString());
}

bool Arrives(ProbeCase& c) {
  const Observation* const at = c.at_target();
  if (at == nullptr) return ArrivesUnwatched(c);
  if (!at->Came(kSyn)) return LostOnTheWay(c);
  const bool answered = c.HasLeft(*at, kSynAck) || at->Reached(kSynAck, "output");
  if (const FirewallVerdict* const eaten = at->Eaten(kSyn); eaten != nullptr && !answered) {
    return c.Firewall("firewall-on-target", "The target's firewall", *eaten, "what we send",
                      c.WhereTargetIs());
  }
  if (c.HasLeft(*at, kTargetReset)) return c.Bad(PortClosed(c.evidence()));
  if (!answered && ConntrackIsFull(*at)) return c.ConntrackFull(*at, c.WhereTargetIs());
  const bool stopped = at->traced && !at->Reached(kSyn, "input");
  if (!answered && (stopped || at->Grown("TcpExtIPReversePathFilter") > 0)) {
    return LostInKernel(c);
  }
  return c.Good("arrives",
                fmt::format("it arrives at the target on {}", at->Find(kSyn, false)->interface));
}

}  // namespace

bool FollowThere(ProbeCase& c) { return Leaves(c) && Arrives(c); }

}  // namespace tcpcopy
