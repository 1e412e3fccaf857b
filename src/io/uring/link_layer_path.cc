#include "src/io/uring/link_layer_path.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
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
  auto socket = OpenPacketSocket();
  if (!socket) return Err(socket.error());
  std::unique_ptr<LinkLayerPath> path(new LinkLayerPath(std::move(options), std::move(*socket)));
  for (const auto& [target, macs] : path->options_.targets) {
    if (const auto done = path->LookUp(target, macs); !done) return Err(done.error());
  }
  return path;
}

LinkLayerPath::LinkLayerPath(Options options, UniqueFd socket)
    : options_(std::move(options)), socket_(std::move(socket)) {}

Result<void, IoError> LinkLayerPath::LookUp(const IpAddress& target, const Macs& macs) {
  auto hop = FindNextHop(options_.devices, target);
  if (!hop) return Err(hop.error());
  if (!hop->neighbour.confirmed && !macs.destination) {
    if (const auto asked = AskForNeighbour(hop->device.index, hop->address); !asked) {
      return Err(asked.error());
    }
  }
  const auto mac = macs.destination ? macs.destination : hop->neighbour.mac;
  if (mac) {
    ways_.insert_or_assign(
        target,
        Way{hop->device.index, {*mac, macs.source.value_or(hop->device.mac), options_.vlan}});
  }
  hops_.insert_or_assign(target, std::move(*hop));
  return {};
}

int LinkLayerPath::Prepare(const IpAddress& destination, Departure& departure) {
  const auto found = ways_.find(destination);
  if (found == ways_.end()) return -EHOSTUNREACH;
  const Way& way = found->second;
  departure.link_header_length = way.header.Write(destination.family(), departure.link_header);
  departure.address.link = {};
  departure.address.link.sll_family = AF_PACKET;
  departure.address.link.sll_ifindex = static_cast<int>(way.interface_index);
  departure.address.link.sll_protocol = htons(destination.IsV4() ? ETH_P_IP : ETH_P_IPV6);
  departure.address_length = sizeof departure.address.link;
  return socket_.get();
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
