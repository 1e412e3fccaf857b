#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "netstack/wire/flow_key.h"
#include "src/io/host/interfaces.h"

namespace tcpcopy {

/// What a packet of a probe is. A probe is a SYN that tcpcopy sends as a replay would.
enum class PacketKind {
  kSyn,            // from the probe's end
  kSynAck,         // from the target
  kClientReset,    // a RST from the probe's end, which the doctor never sends while it watches
  kTargetReset,    // a RST from the target
  kUnreachable,    // ICMP: somebody tells that the SYN does not arrive
  kNoWayToClient,  // ICMP: somebody tells the target that its answer does not arrive
};

/// "syn", "syn-ack", ...
std::string ToString(PacketKind kind);
std::optional<PacketKind> ParsePacketKind(std::string_view name);

/// Packets of one kind that passed one interface in one direction. Seen where a capture sees them:
/// on the way in before the firewall and the routing, on the way out behind them.
struct Sighting {
  PacketKind kind = PacketKind::kSyn;
  bool outgoing = false;  // leaving this host; otherwise coming in
  std::string interface;
  std::uint32_t count = 1;
  // Of ICMP only.
  std::optional<IpAddress> from = std::nullopt;
  int icmp_type = 0;
  int icmp_code = 0;

  bool operator==(const Sighting&) const = default;
};

/// A firewall rule that ate a packet.
struct FirewallVerdict {
  PacketKind kind = PacketKind::kSyn;
  std::string hook;    // where: "prerouting", "input", "forward", "output", "postrouting"
  std::string family;  // of its table, in nftables' words, "ip", "ip6", "inet", ...; or, of the old
                       // iptables, their program: "iptables-legacy"
  std::string table;
  std::string chain;
  std::string rule;     // its text; "policy drop" for a chain's policy
  bool queued = false;  // given to a program (NFQUEUE) instead of dropped

  bool operator==(const FirewallVerdict&) const = default;
};

/// This host's way to an address.
struct RouteFact {
  std::string problem;  // why there is none; empty: there is one
  std::string interface;
  std::optional<IpAddress> gateway;
  std::optional<IpAddress> source;
  bool local = false;

  bool exists() const { return problem.empty(); }
  bool operator==(const RouteFact&) const = default;
};

/// What one host knows about one probe. Plain values, so that it can travel.
struct Observation {
  std::string host;    // its name
  std::string kernel;  // its release
  FlowKey probe;       // local: the copier's end, peer: the target
  std::vector<InterfaceAddress> addresses;
  RouteFact to_client;  // to the copier's end
  RouteFact to_target;
  bool forwards = false;                 // ip_forward, or IPv6's forwarding
  std::map<std::string, int> rp_filter;  // by interface, as it counts there; IPv4 only

  std::vector<Sighting> sightings;
  bool traced = false;        // whether `reached` and `verdicts` can say anything
  std::string trace_problem;  // why not
  std::map<PacketKind, std::vector<std::string>> reached;  // hooks of the firewall
  std::vector<FirewallVerdict> verdicts;
  std::map<std::string, std::int64_t> counters;  // the kernel's, that have grown, and by how much
  bool old_iptables = false;                     // rules there may be that nftables does not know
  std::int64_t conntrack_count = 0;
  std::int64_t conntrack_max = 0;  // 0: no connection tracking

  bool Has(const IpAddress& address) const;
  const Sighting* Find(PacketKind kind, bool outgoing) const;
  bool Came(PacketKind kind) const { return Find(kind, false) != nullptr; }
  bool Left(PacketKind kind) const { return Find(kind, true) != nullptr; }
  /// Whether a packet of that kind came in and left again: this host sent it on.
  bool Forwarded(PacketKind kind) const;
  bool Reached(PacketKind kind, std::string_view hook) const;
  /// The rule that ate a packet of that kind. Rules of tcpcopy and intercept are left out:
  /// what they take is theirs to take.
  const FirewallVerdict* Eaten(PacketKind kind) const;
  std::int64_t Grown(const std::string& counter) const;
};

}  // namespace tcpcopy
