#include "src/io/host/offloads.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include "src/io/unique_fd.h"

namespace tcpcopy {

bool MergesSegments(const std::string& interface) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value asked{};
  asked.cmd = ETHTOOL_GGRO;
  ifreq request{};
  if (!socket || interface.size() >= sizeof request.ifr_name) return false;
  interface.copy(request.ifr_name, interface.size());
  request.ifr_data = static_cast<char*>(static_cast<void*>(&asked));
  return ::ioctl(socket.get(), SIOCETHTOOL, &request) == 0 && asked.data != 0;
}

}  // namespace tcpcopy
