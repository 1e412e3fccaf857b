#include "src/io/host/next_hop.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/io/host/route.h"

namespace tcpcopy {
namespace {

Result<NextHop, IoError> FindBy(const std::string& name, const IpAddress& destination) {
  auto device = LinkDevice::Named(name);
  if (!device) return Err(device.error());
  if (!device->is_ethernet) {
    return Err(
        IoError{fmt::format("interface {}: is no Ethernet; only such can send frames", name)});
  }
  const auto route = RouteTo(destination, device->index);
  if (!route) return Err(IoError{fmt::format("{} by {}", route.error().message, name)});
  const IpAddress address = route->gateway.value_or(destination);
  const auto neighbour = NeighbourOf(device->index, address);
  if (!neighbour) return Err(neighbour.error());
  return NextHop{std::move(*device), address, *neighbour};
}

}  // namespace

Result<NextHop, IoError> FindNextHop(const std::vector<std::string>& devices,
                                     const IpAddress& destination) {
  const auto usual = RouteTo(destination);
  if (usual && usual->local) {
    return Err(IoError{
        fmt::format("{} is this host, which no interface leads to", destination.ToString())});
  }
  const bool any = devices.empty();
  if (any && !usual) return Err(usual.error());
  if (usual && (any || std::ranges::find(devices, usual->interface) != devices.end())) {
    return FindBy(usual->interface, destination);
  }
  Result<NextHop, IoError> found =
      Err(IoError{fmt::format("no way to {}", destination.ToString())});
  for (const std::string& name : devices) {
    found = FindBy(name, destination);
    if (found) break;
  }
  return found;
}

}  // namespace tcpcopy
