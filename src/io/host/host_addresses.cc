#include "src/io/host/host_addresses.h"

#include <fmt/format.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>
#include <utility>

#include "src/io/unique_fd.h"

namespace tcpcopy {
namespace {

std::optional<IpAddress> FromSocketAddress(const sockaddr* name) {
  if (name == nullptr) return std::nullopt;
  const void* const generic = name;
  if (name->sa_family == AF_INET) {
    sockaddr_in v4;
    std::memcpy(&v4, generic, sizeof v4);
    return IpAddress::V4(ntohl(v4.sin_addr.s_addr));
  }
  if (name->sa_family == AF_INET6) {
    sockaddr_in6 v6;
    std::memcpy(&v6, generic, sizeof v6);
    return IpAddress::FromBytes(v6.sin6_addr.s6_addr);
  }
  return std::nullopt;
}

/// Long enough for both families, with the port of `discard`: a connected datagram socket has a
/// route and an address, whatever the port.
struct SocketAddress {
  explicit SocketAddress(const IpAddress& address) {
    constexpr std::uint16_t kDiscard = 9;
    if (address.IsV4()) {
      sockaddr_in v4{};
      v4.sin_family = AF_INET;
      v4.sin_port = htons(kDiscard);
      std::memcpy(&v4.sin_addr, address.bytes().data(), sizeof v4.sin_addr);
      std::memcpy(&storage, &v4, sizeof v4);
      length = sizeof v4;
    } else {
      sockaddr_in6 v6{};
      v6.sin6_family = AF_INET6;
      v6.sin6_port = htons(kDiscard);
      std::memcpy(&v6.sin6_addr, address.bytes().data(), sizeof v6.sin6_addr);
      std::memcpy(&storage, &v6, sizeof v6);
      length = sizeof v6;
    }
  }
  sockaddr* get() { return static_cast<sockaddr*>(static_cast<void*>(&storage)); }

  sockaddr_storage storage{};
  socklen_t length = 0;
};

}  // namespace

HostAddresses::HostAddresses(std::vector<IpAddress> addresses) : addresses_(std::move(addresses)) {
  std::ranges::sort(addresses_);
  const auto repeated = std::ranges::unique(addresses_);
  addresses_.erase(repeated.begin(), repeated.end());
}

Result<void, IoError> HostAddresses::Refresh() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) {
    return Err(SystemError("cannot list this host's addresses", errno));
  }
  std::vector<IpAddress> found;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    if (const auto address = FromSocketAddress(each->ifa_addr)) found.push_back(*address);
  }
  ::freeifaddrs(first);
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
  const int family = target.IsV4() ? AF_INET : AF_INET6;
  const UniqueFd socket(::socket(family, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  SocketAddress name(target);
  if (!socket || ::connect(socket.get(), name.get(), name.length) != 0 ||
      ::getsockname(socket.get(), name.get(), &name.length) != 0) {
    return failed();
  }
  const auto address = FromSocketAddress(name.get());
  if (!address) return failed();
  return *address;
}

}  // namespace tcpcopy
