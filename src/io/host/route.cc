#include "src/io/host/route.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "src/io/host/rtnetlink.h"

namespace tcpcopy {
namespace {

/// What the kernel's answer holds.
struct Answer {
  Route route;
  int refusal = 0;  // errno of a route that forbids
};

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
      route.gateway = AddressIn(*attribute);
      break;
    case RTA_VIA:
      route.gateway = ViaOf(attribute);
      break;
    case RTA_PREFSRC:
      route.source = AddressIn(*attribute);
      break;
    default:
      break;
  }
  return MNL_CB_OK;
}

void OnRoute(const nlmsghdr& message, Answer& answer) {
  if (message.nlmsg_type != RTM_NEWROUTE) return;
  const auto* const header = static_cast<const rtmsg*>(mnl_nlmsg_get_payload(&message));
  answer.route.local = header->rtm_type == RTN_LOCAL;
  if (header->rtm_type == RTN_UNREACHABLE) answer.refusal = EHOSTUNREACH;
  if (header->rtm_type == RTN_BLACKHOLE) answer.refusal = EINVAL;
  if (header->rtm_type == RTN_PROHIBIT) answer.refusal = EACCES;
  mnl_attr_parse(&message, sizeof(rtmsg), OnAttribute, &answer);
}

/// 0, or errno.
int Ask(const IpAddress& destination, std::uint32_t interface_index, Answer& answer) {
  alignas(nlmsghdr) std::array<char, 256> buffer{};
  nlmsghdr* const request = mnl_nlmsg_put_header(buffer.data());
  request->nlmsg_type = RTM_GETROUTE;
  request->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* const header = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(request, sizeof(rtmsg)));
  header->rtm_family = destination.IsV4() ? AF_INET : AF_INET6;
  header->rtm_dst_len = static_cast<std::uint8_t>(destination.bytes().size() * 8);
  PutAddress(*request, RTA_DST, destination);
  if (interface_index != 0) mnl_attr_put_u32(request, RTA_OIF, interface_index);
  const int error =
      AskRtnetlink(*request, [&](const nlmsghdr& message) { OnRoute(message, answer); });
  return error != 0 ? error : answer.refusal;
}

}  // namespace

Result<Route, IoError> RouteTo(const IpAddress& destination, std::uint32_t interface_index) {
  Answer answer;
  const int error = Ask(destination, interface_index, answer);
  if (error != 0) {
    return Err(SystemError(fmt::format("no way to {}", destination.ToString()), error));
  }
  return std::move(answer.route);
}

}  // namespace tcpcopy
