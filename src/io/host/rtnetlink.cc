#include "src/io/host/rtnetlink.h"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

namespace tcpcopy {
namespace {

struct Closer {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};

int OnMessage(const nlmsghdr* message, void* into) {
  const auto& on_message = *static_cast<const std::function<void(const nlmsghdr&)>*>(into);
  if (on_message) on_message(*message);
  return MNL_CB_OK;
}

}  // namespace

int AskRtnetlink(const nlmsghdr& request, const std::function<void(const nlmsghdr&)>& on_message,
                 int bus) {
  const std::unique_ptr<mnl_socket, Closer> socket(mnl_socket_open2(bus, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) return errno;
  if (mnl_socket_sendto(socket.get(), &request, request.nlmsg_len) < 0) return errno;
  alignas(nlmsghdr) std::array<char, 16384> buffer;
  auto* const into = const_cast<std::function<void(const nlmsghdr&)>*>(&on_message);
  for (int status = MNL_CB_OK; status > MNL_CB_STOP;) {
    const ssize_t got = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (got < 0) return errno;
    status = mnl_cb_run(buffer.data(), static_cast<std::size_t>(got), 0,
                        mnl_socket_get_portid(socket.get()), OnMessage, into);
    if (status < 0) return errno;
  }
  return 0;
}

std::optional<IpAddress> AddressIn(const nlattr& attribute) {
  const std::size_t length = mnl_attr_get_payload_len(&attribute);
  if (length != 4 && length != 16) return std::nullopt;
  return IpAddress::FromBytes(
      {static_cast<const std::uint8_t*>(mnl_attr_get_payload(&attribute)), length});
}

void PutAddress(nlmsghdr& request, std::uint16_t type, const IpAddress& address) {
  mnl_attr_put(&request, type, address.bytes().size(), address.bytes().data());
}

}  // namespace tcpcopy
