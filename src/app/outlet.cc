#include "src/app/outlet.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "src/io/host/ipsec.h"
#include "src/io/host/route.h"
#include "src/io/uring/raw_ip_path.h"

namespace tcpcopy {
namespace {

/// How long the first packets wait for their next hop's answer; where they can go another way.
constexpr Duration kNeighbourPatience = std::chrono::seconds(1);
constexpr Duration kAutoNeighbourPatience = std::chrono::milliseconds(10);
constexpr const char* kIpDescription = "sending raw IP packets, which the kernel routes";

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

std::string HopsText(const LinkLayerPath& path, const LinkLayerPath::Options& wanted) {
  std::string text;
  for (const auto& [target, hop] : path.hops()) {
    text += (text.empty() ? "" : "; ") + NextHopText(target, hop, wanted.targets.at(target));
  }
  return text;
}

}  // namespace

LinkLayerPath::Options LinkLayerPathOptions(const Options& options) {
  LinkLayerPath::Options path;
  path.devices = options.link_layer.devices;
  path.vlan = options.link_layer.vlan;
  const bool only_known = options.link_layer.layer == SendLayer::kAuto;
  for (const Mapping& mapping : options.targets.mappings()) {
    const IpAddress& target = mapping.target.address;
    if (path.targets.contains(target)) continue;
    if (only_known && !FindNextHop(path.devices, target)) continue;
    path.targets.emplace(target, LinkLayerPath::Macs{mapping.source_mac, mapping.target_mac});
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
  const auto open = [&]() -> Result<void, IoError> {
    switch (options.link_layer.layer) {
      case SendLayer::kAuto:
        return outlet->OpenAuto(options);
      case SendLayer::kIp:
        return outlet->OpenIp(options);
      case SendLayer::kLink:
        break;
    }
    return outlet->OpenLinkLayer(options);
  };
  if (const auto opened = open(); !opened) return Err(opened.error());
  return outlet;
}

Result<void, IoError> Outlet::OpenIp(const Options& options) {
  auto sockets = RawSockets::Open();
  if (!sockets) return Err(sockets.error());
  path_ = std::make_unique<RawIpPath>(std::move(*sockets));
  description_ = kIpDescription;
  LimitTo(options.mtu, RoutedMtu(options.targets));
  return {};
}

Result<void, IoError> Outlet::OpenLinkLayer(const Options& options) {
  const LinkLayerPath::Options wanted = LinkLayerPathOptions(options);
  auto path = LinkLayerPath::Open(wanted);
  const char* const option = wanted.devices.empty() ? "--send: " : "-o: ";
  if (!path) return Err(IoError{option + path.error().message});
  (*path)->WaitForNeighbours(kNeighbourPatience);
  description_ = "sending at the link layer: " + HopsText(**path, wanted);
  LimitTo(options.mtu, (*path)->mtu());
  link_layer_ = path->get();
  path_ = std::move(*path);
  return {};
}

Result<void, IoError> Outlet::OpenAuto(const Options& options) {
  auto sockets = RawSockets::Open();
  if (!sockets) return Err(sockets.error());
  std::unique_ptr<LinkLayerPath> link_layer;
  description_ = kIpDescription;
  const LinkLayerPath::Options wanted = LinkLayerPathOptions(options);
  if (!wanted.targets.empty() && !HasIpsecPolicy()) {
    if (auto path = LinkLayerPath::Open(wanted)) {
      link_layer = std::move(*path);
      link_layer->WaitForNeighbours(kAutoNeighbourPatience);
      description_ = "sending at the link layer: " + HopsText(*link_layer, wanted);
      std::set<IpAddress> targets;
      for (const Mapping& mapping : options.targets.mappings()) {
        targets.insert(mapping.target.address);
      }
      if (targets.size() > wanted.targets.size()) {
        description_ += "; to other targets raw IP packets, which the kernel routes";
      }
    }
  }
  auto path = std::make_unique<AutoPath>(std::move(*sockets), std::move(link_layer));
  LimitTo(options.mtu, RoutedMtu(options.targets));
  auto_ = path.get();
  path_ = std::move(path);
  return {};
}

void Outlet::LimitTo(std::size_t wanted, std::size_t possible) {
  mtu_ = std::min(wanted, possible);
  if (mtu_ < wanted) {
    description_ +=
        fmt::format("; in packets of {} bytes at most, for the way takes no more", mtu_);
  }
}

std::vector<std::string> Outlet::OnSecond(const TargetContacts& contacts) {
  if (link_layer_ != nullptr) link_layer_->Refresh();
  if (auto_ != nullptr) auto_->Refresh();
  std::vector<std::string> news;
  for (const auto& [target, contact] : contacts) {
    const bool frames = auto_ != nullptr && auto_->SendsFramesTo(target);
    if (!frames || !contact.IsSilent()) {
      silent_seconds_.erase(target);
    } else if (++silent_seconds_[target] > kSilentSeconds) {
      auto_->AllowFramesTo(target, false);
      news.push_back(fmt::format(
          "{} answers nothing of what is sent at the link layer: sending raw IP packets to it from "
          "now on, which the kernel routes",
          target.ToString()));
    }
  }
  return news;
}

bool Outlet::GiveUpFramesTo(const IpAddress& target) {
  if (auto_ == nullptr || !auto_->SendsFramesTo(target)) return false;
  auto_->AllowFramesTo(target, false);
  return true;
}

void Outlet::ReturnToFramesTo(const IpAddress& target) {
  if (auto_ != nullptr) auto_->AllowFramesTo(target, true);
}

}  // namespace tcpcopy
