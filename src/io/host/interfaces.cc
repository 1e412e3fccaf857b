#include "src/io/host/interfaces.h"

#include <ifaddrs.h>

#include <bit>
#include <cerrno>

#include "src/io/socket_address.h"

namespace tcpcopy {
int PrefixLength(const IpAddress& netmask) {
  int length = 0;
  for (const std::uint8_t byte : netmask.bytes()) {
    length += std::countl_one(byte);
    if (byte != 0xff) break;
  }
  return length;
}

Result<std::vector<InterfaceAddress>, IoError> InterfaceAddresses() {
  ifaddrs* first = nullptr;
  if (::getifaddrs(&first) != 0) {
    return Err(SystemError("cannot list this host's addresses", errno));
  }
  std::vector<InterfaceAddress> found;
  for (const ifaddrs* each = first; each != nullptr; each = each->ifa_next) {
    const auto address = SocketAddress::FromKernel(each->ifa_addr);
    const auto netmask = SocketAddress::FromKernel(each->ifa_netmask);
    if (!address) continue;
    const int whole = static_cast<int>(address->address.bytes().size() * 8);
    found.push_back(
        {each->ifa_name, address->address, netmask ? PrefixLength(netmask->address) : whole});
  }
  ::freeifaddrs(first);
  return found;
}

}  // namespace tcpcopy
