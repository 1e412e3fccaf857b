#include "src/diagnosis/observation.h"

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

namespace tcpcopy {
namespace {

constexpr std::array<std::pair<PacketKind, std::string_view>, 6> kNames = {{
    {PacketKind::kSyn, "syn"},
    {PacketKind::kSynAck, "syn-ack"},
    {PacketKind::kClientReset, "client-reset"},
    {PacketKind::kTargetReset, "target-reset"},
    {PacketKind::kUnreachable, "unreachable"},
    {PacketKind::kNoWayToClient, "no-way-to-client"},
}};

/// Tables of nftables, or chains in those of iptables.
bool IsOurs(const FirewallVerdict& verdict) {
  return verdict.table.starts_with("tcpcopy_") || verdict.chain.starts_with("tcpcopy_");
}

}  // namespace

std::string ToString(PacketKind kind) {
  const auto found = std::ranges::find(kNames, kind, &decltype(kNames)::value_type::first);
  return std::string(found->second);
}

std::optional<PacketKind> ParsePacketKind(std::string_view name) {
  const auto found = std::ranges::find(kNames, name, &decltype(kNames)::value_type::second);
  if (found == kNames.end()) return std::nullopt;
  return found->first;
}

bool Observation::Has(const IpAddress& address) const {
  if (address.IsLoopback()) return true;
  return std::ranges::any_of(addresses,
                             [&](const InterfaceAddress& own) { return own.address == address; });
}

const Sighting* Observation::Find(PacketKind kind, bool outgoing) const {
  const auto found = std::ranges::find_if(sightings, [&](const Sighting& sighting) {
    return sighting.kind == kind && sighting.outgoing == outgoing;
  });
  return found == sightings.end() ? nullptr : &*found;
}

bool Observation::Forwarded(PacketKind kind) const { return Came(kind) && Left(kind); }

bool Observation::Reached(PacketKind kind, std::string_view hook) const {
  const auto hooks = reached.find(kind);
  return hooks != reached.end() && std::ranges::find(hooks->second, hook) != hooks->second.end();
}

const FirewallVerdict* Observation::Eaten(PacketKind kind) const {
  const auto found = std::ranges::find_if(verdicts, [&](const FirewallVerdict& verdict) {
    return verdict.kind == kind && !IsOurs(verdict);
  });
  return found == verdicts.end() ? nullptr : &*found;
}

std::int64_t Observation::Grown(const std::string& counter) const {
  const auto found = counters.find(counter);
  return found == counters.end() ? 0 : found->second;
}

}  // namespace tcpcopy
