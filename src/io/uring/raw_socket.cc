#include "src/io/uring/raw_socket.h"

#include <linux/if_packet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

namespace tcpcopy {
namespace {

constexpr int kSendBufferBytes = 8 << 20;

void EnlargeSendBuffer(int fd) {
  // The first is allowed beyond net.core.wmem_max, with CAP_NET_ADMIN. A smaller buffer than asked
  // for only means that sends wait earlier for the interface.
  const int bytes = kSendBufferBytes;
  if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &bytes, sizeof bytes) != 0) {
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &bytes, sizeof bytes);
  }
}

IoError OpenError(IpFamily family, int error) {
  return PrivilegedError(
      family == IpFamily::kV4 ? "cannot open a raw IPv4 socket" : "cannot open a raw IPv6 socket",
      error, "CAP_NET_RAW");
}

/// Both results, so that `RawSockets` can tell a host without IPv6 from other errors.
struct Opened {
  UniqueFd fd;
  int error = 0;
};

Opened TryOpen(IpFamily family) {
  const bool v4 = family == IpFamily::kV4;
  UniqueFd fd(::socket(v4 ? AF_INET : AF_INET6, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW));
  if (!fd) return {UniqueFd(), errno};
  const int on = 1;
  const int set = v4 ? setsockopt(fd.get(), IPPROTO_IP, IP_HDRINCL, &on, sizeof on)
                     : setsockopt(fd.get(), IPPROTO_IPV6, IPV6_HDRINCL, &on, sizeof on);
  if (set != 0) return {UniqueFd(), errno};
  EnlargeSendBuffer(fd.get());
  return {std::move(fd), 0};
}

}  // namespace

Result<UniqueFd, IoError> OpenRawSocket(IpFamily family) {
  Opened opened = TryOpen(family);
  if (opened.error != 0) return Err(OpenError(family, opened.error));
  return std::move(opened.fd);
}

Result<UniqueFd, IoError> OpenPacketSocket(std::uint32_t interface_index) {
  // Of protocol 0 it receives nothing; each frame tells its own.
  UniqueFd fd(::socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0));
  if (!fd) return Err(PrivilegedError("cannot open a packet socket", errno, "CAP_NET_RAW"));
  sockaddr_ll name{};
  name.sll_family = AF_PACKET;
  name.sll_ifindex = static_cast<int>(interface_index);
  if (::bind(fd.get(), static_cast<sockaddr*>(static_cast<void*>(&name)), sizeof name) != 0) {
    return Err(SystemError("cannot bind a packet socket to its interface", errno));
  }
  EnlargeSendBuffer(fd.get());
  return fd;
}

Result<RawSockets, IoError> RawSockets::Open() {
  Opened v4 = TryOpen(IpFamily::kV4);
  if (v4.error != 0) return Err(OpenError(IpFamily::kV4, v4.error));
  Opened v6 = TryOpen(IpFamily::kV6);
  if (v6.error != 0 && v6.error != EAFNOSUPPORT) {
    return Err(OpenError(IpFamily::kV6, v6.error));
  }
  return RawSockets{std::move(v4.fd), std::move(v6.fd)};
}

}  // namespace tcpcopy
