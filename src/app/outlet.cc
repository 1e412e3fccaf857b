#include "src/app/outlet.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "src/io/host/route.h"
#include "src/io/uring/raw_ip_path.h"

namespace tcpcopy {
namespace {

/// How long the first packets wait for their next hop's answer.
constexpr Duration kNeighbourPatience = std::chrono::seconds(1);

/// The least MTU of the devices by which the kernel routes to the targets. (It would refuse a
/// longer IPv6 packet, and a longer IPv4 one that bears our own header.)
std::size_t RoutedMtu(const TargetMap& targets) {
  std::size_t least = SIZE_MAX;
  for (const Mapping& mapping : targets.mappings()) {
    const auto route = RouteTo(mapping.target.address);
    if (!route) continue;
    const auto device = LinkDevice::Named(route->interface);
    if (device) least = std::min(least, device->mtu);
  }
  return least;
}

}  // namespace

LinkLayerPath::Options LinkLayerPathOptions(const Options& options) {
  LinkLayerPath::Options path;
  path.devices = options.link_layer.devices;
  path.vlan = options.link_layer.vlan;
  for (const Mapping& mapping : options.targets.mappings()) {
    path.targets.try_emplace(mapping.target.address,
                             LinkLayerPath::Macs{mapping.source_mac, mapping.target_mac});
  }
  return path;
}

std::string NextHopText(const IpAddress& target, const NextHop& hop,
                        const LinkLayerPath::Macs& macs) {
  const auto mac = macs.destination ? macs.destination : hop.neighbour.mac;
  std::string text = fmt::format("{} by {} to ", target.ToString(), hop.device.name);
  text += mac ? mac->ToString() : "a MAC that is not known yet";
  if (hop.address != target && !macs.destination)
    text += fmt::format(" ({})", hop.address.ToString());
  return text;
}

Result<std::unique_ptr<Outlet>, IoError> Outlet::Open(const Options& options) {
  std::unique_ptr<Outlet> outlet(new Outlet());
  if (!options.link_layer.InUse()) {
    auto sockets = RawSockets::Open();
    if (!sockets) return Err(sockets.error());
    outlet->path_ = std::make_unique<RawIpPath>(std::move(*sockets));
    outlet->description_ = "sending raw IP packets, which the kernel routes";
    outlet->LimitTo(options.mtu, RoutedMtu(options.targets));
    return outlet;
  }
  const LinkLayerPath::Options wanted = LinkLayerPathOptions(options);
  auto path = LinkLayerPath::Open(wanted);
  if (!path) return Err(IoError{"-o: " + path.error().message});
  (*path)->WaitForNeighbours(kNeighbourPatience);
  outlet->description_ = "sending at the link layer: ";
  for (const auto& [target, hop] : (*path)->hops()) {
    const bool first = target == (*path)->hops().begin()->first;
    outlet->description_ +=
        (first ? "" : "; ") + NextHopText(target, hop, wanted.targets.at(target));
  }
  outlet->LimitTo(options.mtu, (*path)->mtu());
  outlet->link_layer_ = path->get();
  outlet->path_ = std::move(*path);
  return outlet;
}

void Outlet::LimitTo(std::size_t wanted, std::size_t possible) {
  mtu_ = std::min(wanted, possible);
  if (mtu_ < wanted) {
    description_ +=
        fmt::format("; in packets of {} bytes at most, for the way takes no more", mtu_);
  }
}

void Outlet::OnSecond() {
  if (link_layer_ != nullptr) link_layer_->Refresh();
}

}  // namespace tcpcopy
