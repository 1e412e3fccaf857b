#include "src/io/uring/link_layer_path.h"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "src/io/uring/raw_socket.h"
#include "src/runtime/clock.h"

namespace tcpcopy {
namespace {

constexpr int kPollMs = 5;

}  // namespace

Result<std::unique_ptr<LinkLayerPath>, IoError> LinkLayerPath::Open(Options options) {
  std::unique_ptr<LinkLayerPath> path(new LinkLayerPath(std::move(options)));
  for (const auto& [target, macs] : path->options_.targets) {
    if (const auto done = path->LookUp(target, macs); !done) return Err(done.error());
  }
  return path;
}

Result<void, IoError> LinkLayerPath::LookUp(const IpAddress& target, const Macs& macs) {
  auto hop = FindNextHop(options_.devices, target);
  if (!hop) return Err(hop.error());
  if (!hop->neighbour.confirmed && !macs.destination) {
    if (const auto asked = AskForNeighbour(hop->device.index, hop->address); !asked) {
      return Err(asked.error());
    }
  }
  if (!sockets_.contains(hop->device.index)) {
    // Interfaces that come and go leave theirs behind. What was prepared names closed descriptors
    // now.
    if (sockets_.size() == kMostSockets) {
      sockets_.clear();
      Change();
    }
    auto socket = OpenPacketSocket(hop->device.index);
    if (!socket) return Err(socket.error());
    sockets_.emplace(
        hop->device.index,
        Sockets{std::move(*socket), GsoSocket::Open(hop->device, options_.vlan.has_value())});
    Change();
  }
  const auto mac = macs.destination ? macs.destination : hop->neighbour.mac;
  if (mac) {
    SetWay(target, {hop->device.index,
                    {*mac, macs.source.value_or(hop->device.mac), options_.vlan},
                    hop->device.mtu});
  }
  hops_.insert_or_assign(target, std::move(*hop));
  return {};
}

void LinkLayerPath::SetWay(const IpAddress& target, const Way& way) {
  const auto [place, is_new] = ways_.try_emplace(target, way);
  if (!is_new && place->second == way) return;
  place->second = way;
  Change();
}

int LinkLayerPath::Prepare(const IpAddress& destination, Departure& departure) {
  const auto found = ways_.find(destination);
  if (found == ways_.end()) return -EHOSTUNREACH;
  const Way& way = found->second;
  const auto found_sockets = sockets_.find(way.interface_index);
  if (found_sockets == sockets_.end()) return -ENETUNREACH;
  const auto& [plain, gso] = found_sockets->second;
  departure.link_header_length = way.header.Write(destination.family(), departure.link_header);
  departure.address_length = 0;
  departure.gso_socket = gso.fd.get();
  departure.gso_mtu = way.mtu;
  departure.gso_limits = gso.limits;
  return plain.get();
}

void LinkLayerPath::Refresh() {
  const auto& targets = options_.targets;
  for (std::size_t left = std::min(kMostAtOnce, targets.size()); left > 0; --left) {
    auto next = refreshed_ ? targets.upper_bound(*refreshed_) : targets.begin();
    if (next == targets.end()) next = targets.begin();
    refreshed_ = next->first;
    (void)LookUp(next->first, next->second);
  }
}

void LinkLayerPath::WaitForNeighbours(Duration patience) {
  const MonotonicClock clock;
  const Instant give_up = clock.Now() + patience;
  while (!unresolved().empty() && clock.Now() < give_up) {
    ::poll(nullptr, 0, kPollMs);
    Refresh();
  }
}

std::size_t LinkLayerPath::mtu() const {
  std::size_t least = SIZE_MAX;
  for (const auto& [target, hop] : hops_) least = std::min(least, hop.device.mtu);
  return least;
}

std::vector<IpAddress> LinkLayerPath::unresolved() const {
  std::vector<IpAddress> targets;
  for (const auto& [target, macs] : options_.targets) {
    if (!ways_.contains(target)) targets.push_back(target);
  }
  return targets;
}

}  // namespace tcpcopy
