#include "src/diagnosis/remedy.h"

#include <fmt/format.h>

#include <algorithm>

#include "netstack/wire/network.h"

namespace tcpcopy {
namespace {

/// iptables keeps its rules in tables of these names; rules that are set past it would confuse it.
bool IsOfIptables(const FirewallVerdict& verdict) {
  constexpr std::string_view kTables[] = {"filter", "raw", "mangle", "nat", "security"};
  const bool named_so = std::ranges::find(kTables, verdict.table) != std::end(kTables);
  const bool in_capitals =
      std::ranges::all_of(verdict.chain, [](char c) { return c < 'a' || c > 'z'; });
  return named_so && in_capitals && (verdict.family == "ip" || verdict.family == "ip6");
}

bool IsFromTarget(PacketKind kind) {
  return kind == PacketKind::kSynAck || kind == PacketKind::kTargetReset;
}

}  // namespace

std::string AcceptCommand(const FirewallVerdict& verdict, const FlowKey& probe) {
  const std::string target = probe.peer.address.ToString();
  const bool v4 = probe.peer.address.IsV4();
  const bool from = IsFromTarget(verdict.kind);
  const bool old = verdict.family.ends_with("-legacy");
  if (old || IsOfIptables(verdict)) {
    const std::string program = old ? verdict.family : v4 ? "iptables" : "ip6tables";
    return fmt::format("{} -t {} -I {} -p tcp {} {} {} {} -j ACCEPT", program, verdict.table,
                       verdict.chain, from ? "-s" : "-d", target, from ? "--sport" : "--dport",
                       probe.peer.port);
  }
  return fmt::format("nft insert rule {} {} {} {} {} {} tcp {} {} accept", verdict.family,
                     verdict.table, verdict.chain, v4 ? "ip" : "ip6", from ? "saddr" : "daddr",
                     target, from ? "sport" : "dport", probe.peer.port);
}

std::string LooseRpFilterCommand(const std::string& interface) {
  // sysctl takes slashes where a name has dots.
  const char between = interface.find('.') == std::string::npos ? '.' : '/';
  return fmt::format("sysctl -w net{0}ipv4{0}conf{0}{1}{0}rp_filter=2", between, interface);
}

std::string RouteCommand(const IpAddress& destination, const std::optional<IpAddress>& hop) {
  return fmt::format("ip {}route replace {}/{} via {}", destination.IsV4() ? "" : "-6 ",
                     destination.ToString(), destination.bytes().size() * 8,
                     hop ? hop->ToString() : "<the next hop>");
}

std::string NoForwardingCommand(IpFamily family) {
  return family == IpFamily::kV4 ? "sysctl -w net.ipv4.ip_forward=0"
                                 : "sysctl -w net.ipv6.conf.all.forwarding=0";
}

std::optional<IpAddress> OnLink(const std::vector<InterfaceAddress>& addresses,
                                const std::vector<IpAddress>& candidates) {
  // Link-local ones are on every link, and mean nothing without its name.
  const auto link_local = Network::Parse("fe80::/10");
  for (const IpAddress& candidate : candidates) {
    if (candidate.IsLoopback() || link_local->Contains(candidate)) continue;
    const bool reached = std::ranges::any_of(addresses, [&](const InterfaceAddress& own) {
      return !own.address.IsLoopback() && own.address != candidate &&
             Network::Of(own.address, own.prefix_length).Contains(candidate);
    });
    if (reached) return candidate;
  }
  return std::nullopt;
}

}  // namespace tcpcopy
