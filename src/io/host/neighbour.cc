#include "src/io/host/neighbour.h"

#include <fmt/format.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>

#include "src/io/host/rtnetlink.h"

namespace tcpcopy {
namespace {

constexpr std::uint16_t kConfirmed = NUD_REACHABLE | NUD_PERMANENT | NUD_NOARP;
constexpr std::uint16_t kUsable = kConfirmed | NUD_STALE | NUD_DELAY | NUD_PROBE;

/// A request about one entry of the table.
class Request {
 public:
  Request(std::uint16_t type, std::uint16_t flags, std::uint32_t interface_index,
          const IpAddress& address)
      : message_(*mnl_nlmsg_put_header(buffer_.data())) {
    message_.nlmsg_type = type;
    message_.nlmsg_flags = static_cast<std::uint16_t>(NLM_F_REQUEST | NLM_F_ACK | flags);
    entry_ = static_cast<ndmsg*>(mnl_nlmsg_put_extra_header(&message_, sizeof(ndmsg)));
    entry_->ndm_family = address.IsV4() ? AF_INET : AF_INET6;
    entry_->ndm_ifindex = static_cast<int>(interface_index);
    PutAddress(message_, NDA_DST, address);
  }

  ndmsg& entry() { return *entry_; }
  const nlmsghdr& message() const { return message_; }

 private:
  alignas(nlmsghdr) std::array<char, 256> buffer_{};
  nlmsghdr& message_;
  ndmsg* entry_ = nullptr;
};

int OnAttribute(const nlattr* attribute, void* into) {
  MacAddress mac;
  if (mnl_attr_get_type(attribute) == NDA_LLADDR &&
      mnl_attr_get_payload_len(attribute) == mac.bytes.size()) {
    std::memcpy(mac.bytes.data(), mnl_attr_get_payload(attribute), mac.bytes.size());
    static_cast<Neighbour*>(into)->mac = mac;
  }
  return MNL_CB_OK;
}

IoError Failed(const IpAddress& address, int error) {
  return PrivilegedError(fmt::format("cannot look for {} on its link", address.ToString()), error,
                         "CAP_NET_ADMIN");
}

}  // namespace

Result<Neighbour, IoError> NeighbourOf(std::uint32_t interface_index, const IpAddress& address) {
  const Request request(RTM_GETNEIGH, 0, interface_index, address);
  Neighbour neighbour;
  const int error = AskRtnetlink(request.message(), [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWNEIGH) return;
    const auto* const entry = static_cast<const ndmsg*>(mnl_nlmsg_get_payload(&message));
    if ((entry->ndm_state & kUsable) == 0) return;
    neighbour.confirmed = (entry->ndm_state & kConfirmed) != 0;
    mnl_attr_parse(&message, sizeof(ndmsg), OnAttribute, &neighbour);
  });
  if (error != 0 && error != ENOENT) return Err(Failed(address, error));
  return neighbour;
}

Result<void, IoError> AskForNeighbour(std::uint32_t interface_index, const IpAddress& address) {
  Request request(RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_REPLACE, interface_index, address);
  request.entry().ndm_flags = NTF_USE;  // as if the kernel itself had a packet for it
  const int error = AskRtnetlink(request.message(), {});
  if (error != 0) return Err(Failed(address, error));
  return {};
}

}  // namespace tcpcopy
