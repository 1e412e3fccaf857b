#include "src/io/host/route.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <memory>

namespace tcpcopy {
namespace {

struct Closer {
  void operator()(mnl_socket* socket) const { mnl_socket_close(socket); }
};

/// What the kernel's answer holds.
struct Answer {
  Route route;
  int refusal = 0;  // errno of a route that forbids
};

std::optional<IpAddress> AddressOf(const nlattr* attribute) {
  const std::size_t length = mnl_attr_get_payload_len(attribute);
  if (length != 4 && length != 16) return std::nullopt;
  return IpAddress::FromBytes(
      {static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute)), length});
}

/// RTA_VIA: a next hop of the other family.
std::optional<IpAddress> ViaOf(const nlattr* attribute) {
  const std::size_t length = mnl_attr_get_payload_len(attribute);
  constexpr std::size_t kFamilyBytes = sizeof(rtvia);
  if (length != kFamilyBytes + 4 && length != kFamilyBytes + 16) return std::nullopt;
  const auto* const bytes = static_cast<const std::uint8_t*>(mnl_attr_get_payload(attribute));
  return IpAddress::FromBytes({bytes + kFamilyBytes, length - kFamilyBytes});
}

int OnAttribute(const nlattr* attribute, void* into) {
  Route& route = static_cast<Answer*>(into)->route;
  switch (mnl_attr_get_type(attribute)) {
    case RTA_OIF: {
      if (mnl_attr_get_payload_len(attribute) != sizeof(std::uint32_t)) break;
      route.interface_index = mnl_attr_get_u32(attribute);
      char name[IF_NAMESIZE] = {};
      if (if_indextoname(route.interface_index, name) != nullptr) route.interface = name;
      break;
    }
    case RTA_GATEWAY:
      route.gateway = AddressOf(attribute);
      break;
    case RTA_VIA:
      route.gateway = ViaOf(attribute);
      break;
    case RTA_PREFSRC:
      route.source = AddressOf(attribute);
      break;
    default:
      break;
  }
  return MNL_CB_OK;
}

int OnRoute(const nlmsghdr* message, void* into) {
  if (message->nlmsg_type != RTM_NEWROUTE) return MNL_CB_OK;
  Answer& answer = *static_cast<Answer*>(into);
  const auto* const header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(message));
  answer.route.local = header->rtm_type == RTN_LOCAL;
  if (header->rtm_type == RTN_UNREACHABLE) answer.refusal = EHOSTUNREACH;
  if (header->rtm_type == RTN_BLACKHOLE) answer.refusal = EINVAL;
  if (header->rtm_type == RTN_PROHIBIT) answer.refusal = EACCES;
  mnl_attr_parse(message, sizeof(rtmsg), OnAttribute, into);
  return MNL_CB_OK;
}

/// 0, or errno.
int Ask(const IpAddress& destination, Answer& answer) {
  const std::unique_ptr<mnl_socket, Closer> socket(mnl_socket_open2(NETLINK_ROUTE, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) != 0) return errno;
  alignas(nlmsghdr) std::array<char, 8192> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETROUTE;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* const header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtmsg)));
  const ConstBytes bytes = destination.bytes();
  header->rtm_family = destination.IsV4() ? AF_INET : AF_INET6;
  header->rtm_dst_len = static_cast<std::uint8_t>(bytes.size() * 8);
  mnl_attr_put(request, RTA_DST, bytes.size(), bytes.data());
  if (mnl_socket_sendto(socket.get(), request, request->nlmsg_len) < 0) return errno;
  for (int status = MNL_CB_OK; status > MNL_CB_STOP;) {
    const ssize_t got = mnl_socket_recvfrom(socket.get(), buffer.data(), buffer.size());
    if (got < 0) return errno;
    status = mnl_cb_run(buffer.data(), static_cast<std::size_t>(got), 0,
                        mnl_socket_get_portid(socket.get()), OnRoute, &answer);
    if (status < 0) return errno;
  }
  return answer.refusal;
}

}  // namespace

Result<Route, IoError> RouteTo(const IpAddress& destination) {
  Answer answer;
  const int error = Ask(destination, answer);
  if (error != 0) {
    return Err(SystemError(fmt::format("no way to {}", destination.ToString()), error));
  }
  return std::move(answer.route);
}

}  // namespace tcpcopy
