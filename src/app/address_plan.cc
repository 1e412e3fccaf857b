#include "src/app/address_plan.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "src/io/host/ports.h"
#include "src/replay/keep_addresses.h"
#include "src/replay/self_addresses.h"

namespace tcpcopy {
namespace {

constexpr std::uint16_t kFirstPort = 1024;

PortSet FreePorts() {
  const EphemeralPorts ephemeral = EphemeralPorts::OfThisHost();
  const PortSet in_use = PortsInUse();
  PortSet free;
  for (std::size_t port = kFirstPort; port < free.size(); ++port) {
    free[port] = !in_use[port] && !ephemeral.range.Contains(static_cast<std::uint16_t>(port));
  }
  return free;
}

/// The ports in order, beginning anywhere.
std::vector<std::uint16_t> PortList(const PortSet& ports, std::uint64_t seed) {
  std::vector<std::uint16_t> list;
  for (std::size_t port = 0; port < ports.size(); ++port) {
    if (ports[port]) list.push_back(static_cast<std::uint16_t>(port));
  }
  std::rotate(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(seed % list.size()),
              list.end());
  return list;
}

}  // namespace

Result<AddressPlan::Host, std::string> AddressPlan::LookAtHost(const TargetMap& targets,
                                                               const HostAddresses& own) {
  Host host;
  host.own = &own;
  host.seed = std::random_device()();
  for (const Mapping& mapping : targets.mappings()) {
    const auto source = SourceAddressFor(mapping.target.address);
    if (!source) return Err(fmt::format("-x: {}", source.error().message));
    host.own_towards.emplace(mapping.target.address, *source);
  }
  host.free_ports = FreePorts();
  if (host.free_ports.none()) {
    return Err(std::string(
        "-c self: no port is left outside net.ipv4.ip_local_port_range; narrow that range"));
  }
  return host;
}

AddressPlan::AddressPlan(const Options& options, const Host& host) {
  self_ = std::make_unique<SelfAddresses>(
      PooledAddresses(PortList(host.free_ports, host.seed), host.own_towards), host.seed);
  GuardSelf(options, host);
  if (options.clients.kind == ClientAddresses::Kind::kSelf) {
    allocator_ = self_.get();
    description_ = fmt::format(
        "replaying from this host's own addresses ({} ports each; 127.64.0.0/10 towards loopback), "
        "replies are captured here",
        host.free_ports.count());
    return;
  }
  keep_ = std::make_unique<KeepAddresses>(
      [own = host.own](const IpAddress& address) { return own->Contains(address); }, *self_);
  allocator_ = keep_.get();
  GuardKeep(options);
  description_ =
      "replaying from the clients' own addresses; the target must route its replies to them to "
      "this host";
}

void AddressPlan::GuardSelf(const Options& options, const Host& host) {
  for (const Mapping& mapping : options.targets.mappings()) {
    GuardRule rule;
    rule.target = mapping.target;
    if (LoopbackAddresses::Serves(mapping.target.address)) {
      rule.destination = IpAddress::V4(LoopbackAddresses::kFirst);
      rule.prefix_length = LoopbackAddresses::kPrefixLength;
    } else {
      rule.destination = host.own_towards.at(mapping.target.address);
      rule.prefix_length = rule.destination.IsV4() ? 32 : 128;
      rule.ports = ToRanges(host.free_ports);
    }
    guard_rules_.push_back(rule);
  }
}

void AddressPlan::GuardKeep(const Options& options) {
  for (const Mapping& mapping : options.targets.mappings()) {
    GuardRule rule;
    rule.target = mapping.target;
    rule.kind = GuardRule::Kind::kNotLocal;
    guard_rules_.push_back(rule);
  }
}

std::string FindLoop(const TargetMap& targets, const HostAddresses& own) {
  for (const Mapping& mapping : targets.mappings()) {
    const Mapping* again = targets.Find(mapping.target);
    if (again == nullptr) continue;
    if (!again->source && !own.Contains(mapping.target.address)) continue;
    return fmt::format(
        "-x: a loop: what is copied to {} would be copied again, because that is a source, too; "
        "accepted: a target that is no source of any mapping",
        mapping.target.ToString());
  }
  return "";
}

}  // namespace tcpcopy
