#include "src/io/host/host_addresses.h"

#include <fmt/format.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <utility>

#include "src/io/host/interfaces.h"
#include "src/io/socket_address.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {
HostAddresses::HostAddresses(std::vector<IpAddress> addresses) : addresses_(std::move(addresses)) {
  std::ranges::sort(addresses_);
  const auto repeated = std::ranges::unique(addresses_);
  addresses_.erase(repeated.begin(), repeated.end());
}

Result<void, IoError> HostAddresses::Refresh() {
  const auto interfaces = InterfaceAddresses();
  if (!interfaces) return Err(interfaces.error());
  std::vector<IpAddress> found;
  for (const InterfaceAddress& each : *interfaces) found.push_back(each.address);
  *this = HostAddresses(std::move(found));
  return {};
}

bool HostAddresses::Contains(const IpAddress& address) const {
  return (address.IsV4() && address.IsLoopback()) ||
         std::ranges::binary_search(addresses_, address);
}

Result<IpAddress, IoError> SourceAddressFor(const IpAddress& target) {
  const auto failed = [&] {
    return Err(SystemError(fmt::format("no way to {}", target.ToString()), errno));
  };
  // A connected datagram socket has a route and an address, whatever the port.
  constexpr std::uint16_t kDiscard = 9;
  SocketAddress name({target, kDiscard});
  const UniqueFd socket(::socket(name.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!socket || ::connect(socket.get(), name.get(), name.length()) != 0 ||
      ::getsockname(socket.get(), name.get(), name.mutable_length()) != 0) {
    return failed();
  }
  const auto own = name.endpoint();
  if (!own) return failed();
  return own->address;
}

}  // namespace tcpcopy
