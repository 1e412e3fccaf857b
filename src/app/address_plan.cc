#include "src/app/address_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/io/host/ports.h"
#include "src/io/host/secret.h"
#include "src/replay/keep_addresses.h"
#include "src/replay/list_addresses.h"
#include "src/replay/self_addresses.h"

namespace tcpcopy {
namespace {

constexpr std::uint16_t kFirstPort = 1024;

/// Networks of -c that the guard names for each target; of more it drops all that the target sends
/// to other hosts by way of this one.
constexpr std::size_t kMostGuarded = 16;

PortSet FreePorts(Transport transport) {
  const EphemeralPorts ephemeral = EphemeralPorts::OfThisHost();
  const PortSet in_use = PortsInUse(transport);
  PortSet free;
  for (std::size_t port = kFirstPort; port < free.size(); ++port) {
    free[port] = !in_use[port] && !ephemeral.range.Contains(static_cast<std::uint16_t>(port));
  }
  return free;
}

/// The ports of `share` in order, beginning anywhere.
std::vector<std::uint16_t> PortList(const PortSet& ports, const PortShare& share,
                                    std::uint64_t seed) {
  std::vector<std::uint16_t> list;
  for (std::size_t i = 0; i < ports.size(); ++i) {
    const auto port = static_cast<std::uint16_t>(i);
    if (ports[i] && share.Contains(port)) list.push_back(port);
  }
  if (list.empty()) return list;
  std::rotate(list.begin(), list.begin() + static_cast<std::ptrdiff_t>(seed % list.size()),
              list.end());
  return list;
}

int Bits(const IpAddress& address) { return address.IsV4() ? 32 : 128; }

std::function<bool(const IpAddress&)> IsOwn(const AddressPlan::Host& host) {
  return [own = host.own](const IpAddress& address) { return own->Contains(address); };
}

/// What of `list` is this host's: its interfaces' addresses, and all of 127.0.0.0/8.
std::vector<Network> OwnOf(const std::vector<Network>& list, const AddressPlan::Host& host) {
  std::vector<Network> own;
  for (const Network& network : list) {
    if (network.address.IsV4() && network.address.IsLoopback()) {
      own.push_back(network);
      continue;
    }
    for (const IpAddress& address : host.own->all()) {
      if (network.Contains(address)) own.push_back({address, Bits(address)});
    }
  }
  return own;
}

std::string Addresses(const Options& options, std::size_t ports) {
  switch (options.clients.kind) {
    case ClientAddresses::Kind::kSelf:
      return fmt::format(
          "this host's own addresses ({} ports each; 127.64.0.0/10 towards loopback)", ports);
    case ClientAddresses::Kind::kKeep:
      return "the clients' own addresses";
    case ClientAddresses::Kind::kList:
      break;
  }
  std::string list;
  for (const Network& network : options.clients.list) {
    list += (list.empty() ? "" : ", ") + network.ToString();
  }
  return list;
}

/// One line: from where, how replies come back and why so.
std::string Describe(const Options& options, std::size_t ports) {
  const bool self = options.clients.kind == ClientAddresses::Kind::kSelf;
  std::string text = "replaying from " + Addresses(options, ports);
  if (!options.clients.chosen) {
    text += fmt::format(", the default with{} -s", options.channels.InUse() ? "" : "out");
  }
  if (options.channels.InUse()) {
    return text + fmt::format("; replies come by way of intercept (-s){}",
                              self ? "" : ", where the target must route them");
  }
  return text + (self ? "; replies come to this host by themselves and are captured here"
                      : "; the target must route its replies to this host, which captures them "
                        "and forwards none");
}

ClientShift ShiftOf(const Options& options) {
  return {.step = options.load.shift, .copies = options.load.copies};
}

/// Whether no session at all could be replayed without ports of this host's own addresses.
bool LivesOnOwnPorts(const Options& options) {
  if (options.clients.kind != ClientAddresses::Kind::kSelf) return false;
  return !std::ranges::all_of(options.targets.mappings(), [](const Mapping& mapping) {
    return LoopbackAddresses::Serves(mapping.target.address);
  });
}

}  // namespace

Result<AddressPlan::Host, std::string> AddressPlan::LookAtHost(const Options& options,
                                                               const HostAddresses& own) {
  const std::optional<IpAddress>& localhost = options.instead_of_localhost;
  Host host;
  host.own = &own;
  host.seed = RandomSecret();
  for (const Mapping& mapping : options.targets.mappings()) {
    const auto source = SourceAddressFor(mapping.target.address);
    if (!source) return Err(fmt::format("-x: {}", source.error().message));
    const bool is_given = localhost && own.Contains(*localhost) &&
                          localhost->family() == mapping.target.address.family();
    host.own_towards.emplace(mapping.target.address, is_given ? *localhost : *source);
  }
  host.free_ports = FreePorts(options.transport);
  if (!LivesOnOwnPorts(options)) return host;
  if (host.free_ports.none()) {
    return Err(std::string(
        "-c self: no port is left outside net.ipv4.ip_local_port_range; narrow that range"));
  }
  if (PortList(host.free_ports, options.load.share, 0).empty()) {
    return Err(std::string(
        "-f: none of this instance's ports is free; accepted: K/N, such as 0/4, which gives each "
        "of N instances as many"));
  }
  return host;
}

AddressPlan::AddressPlan(const Options& options, const Host& host, const PortClass& ports)
    : share_(options.load.share.Within(ports)),
      ports_(PortList(host.free_ports, share_, host.seed)),
      lacks_ports_(share_.IsEmpty() || (LivesOnOwnPorts(options) && ports_.empty())) {
  switch (options.clients.kind) {
    case ClientAddresses::Kind::kSelf:
      UseSelf(options, host);
      break;
    case ClientAddresses::Kind::kKeep:
      UseSelf(options, host);  // for clients on this very host
      UseKeep(options, host);
      break;
    case ClientAddresses::Kind::kList:
      UseList(options, host);
      break;
  }
  for (GuardRule& rule : guard_rules_) rule.transport = options.transport;
  description_ = Describe(options, PortList(host.free_ports, options.load.share, 0).size());
}

void AddressPlan::UseSelf(const Options& options, const Host& host) {
  self_ =
      std::make_unique<SelfAddresses>(PooledAddresses(ports_, host.own_towards), host.seed, share_);
  allocator_ = self_.get();
  for (const Mapping& mapping : options.targets.mappings()) {
    GuardRule rule;
    rule.target = mapping.target;
    if (LoopbackAddresses::Serves(mapping.target.address)) {
      rule.destination = IpAddress::V4(LoopbackAddresses::kFirst);
      rule.prefix_length = LoopbackAddresses::kPrefixLength;
    } else {
      rule.destination = host.own_towards.at(mapping.target.address);
      rule.prefix_length = Bits(rule.destination);
      rule.ports = ToRanges(host.free_ports);
      if (rule.ports.empty()) continue;  // none is used, and a rule without ports means all
    }
    guard_rules_.push_back(rule);
  }
}

void AddressPlan::UseKeep(const Options& options, const Host& host) {
  others_ = std::make_unique<KeepAddresses>(
      IsOwn(host), *self_,
      KeepAddresses::Settings{
          .instead_of_localhost = options.instead_of_localhost,
          .exact_ports = options.load.copies == 1 && options.load.share.IsAll(),
          .share = share_,
          .shift = ShiftOf(options),
      });
  allocator_ = others_.get();
  captures_for_others_ = !options.channels.InUse();
  if (!captures_for_others_) return;
  for (const Mapping& mapping : options.targets.mappings()) {
    guard_rules_.push_back({mapping.target, GuardRule::Kind::kNotLocal, {}, 0, {}});
  }
}

void AddressPlan::UseList(const Options& options, const Host& host) {
  const std::vector<Network>& list = options.clients.list;
  others_ = std::make_unique<ListAddresses>(list, IsOwn(host), ports_, share_, ShiftOf(options));
  allocator_ = others_.get();
  captures_for_others_ = !options.channels.InUse();
  const std::vector<Network> own = OwnOf(list, host);
  for (const Mapping& mapping : options.targets.mappings()) {
    const IpFamily family = mapping.target.address.family();
    for (const Network& network : own) {
      if (network.address.family() != family || host.free_ports.none()) continue;
      guard_rules_.push_back({mapping.target, GuardRule::Kind::kOwnPorts, network.address,
                              network.prefix_length, ToRanges(host.free_ports)});
    }
    if (captures_for_others_) GuardOthers(mapping.target, list);
  }
}

/// What `target` sends to others' addresses of `list` is not forwarded.
void AddressPlan::GuardOthers(const Endpoint& target, const std::vector<Network>& list) {
  if (list.size() > kMostGuarded) {
    guard_rules_.push_back({target, GuardRule::Kind::kNotLocal, {}, 0, {}});
    return;
  }
  for (const Network& network : list) {
    if (network.address.family() != target.address.family()) continue;
    guard_rules_.push_back(
        {target, GuardRule::Kind::kNotLocal, network.address, network.prefix_length, {}});
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
