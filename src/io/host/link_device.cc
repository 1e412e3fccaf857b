#include "src/io/host/link_device.h"

#include <fmt/format.h>
#include <net/if.h>
#include <net/if_arp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "src/io/unique_fd.h"

namespace tcpcopy {

Result<LinkDevice, IoError> LinkDevice::Named(const std::string& name) {
  const auto failed = [&](int error) {
    return Err(SystemError(fmt::format("interface {}", name), error));
  };
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ifreq request{};
  if (!socket) return failed(errno);
  if (name.size() >= sizeof request.ifr_name) return failed(ENODEV);
  std::ranges::copy(name, request.ifr_name);
  LinkDevice device;
  device.name = name;
  // The answers share one place in the request.
  if (::ioctl(socket.get(), SIOCGIFINDEX, &request) != 0) return failed(errno);
  device.index = static_cast<std::uint32_t>(request.ifr_ifindex);
  if (::ioctl(socket.get(), SIOCGIFMTU, &request) != 0) return failed(errno);
  device.mtu = static_cast<std::size_t>(request.ifr_mtu);
  if (::ioctl(socket.get(), SIOCGIFFLAGS, &request) != 0) return failed(errno);
  device.is_up = (request.ifr_flags & IFF_UP) != 0;
  if (::ioctl(socket.get(), SIOCGIFHWADDR, &request) != 0) return failed(errno);
  device.is_ethernet = request.ifr_hwaddr.sa_family == ARPHRD_ETHER;
  std::memcpy(device.mac.bytes.data(), request.ifr_hwaddr.sa_data, device.mac.bytes.size());
  return device;
}

}  // namespace tcpcopy
