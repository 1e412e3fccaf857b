#include "src/io/host/promiscuous_mode.h"

#include <linux/if_packet.h>
#include <sys/socket.h>

#include <cerrno>

namespace tcpcopy {

Result<PromiscuousMode, IoError> PromiscuousMode::Of(std::uint32_t interface_index) {
  constexpr const char* kWhat = "cannot look at frames for other hosts";
  // Of protocol 0: it takes no packets.
  UniqueFd socket(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!socket) return Err(PrivilegedError(kWhat, errno, "CAP_NET_RAW"));
  packet_mreq request{};
  request.mr_ifindex = static_cast<int>(interface_index);
  request.mr_type = PACKET_MR_PROMISC;
  if (setsockopt(socket.get(), SOL_PACKET, PACKET_ADD_MEMBERSHIP, &request, sizeof request) != 0) {
    return Err(SystemError(kWhat, errno));
  }
  return PromiscuousMode(std::move(socket));
}

}  // namespace tcpcopy
