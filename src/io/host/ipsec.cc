#include "src/io/host/ipsec.h"

#include <libmnl/libmnl.h>
#include <linux/xfrm.h>

#include <array>

#include "src/io/host/rtnetlink.h"

namespace tcpcopy {

bool HasIpsecPolicy() {
  alignas(nlmsghdr) std::array<char, 256> buffer{};
  nlmsghdr& request = *mnl_nlmsg_put_header(buffer.data());
  request.nlmsg_type = XFRM_MSG_GETPOLICY;
  request.nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
  mnl_nlmsg_put_extra_header(&request, sizeof(xfrm_userpolicy_id));
  bool found = false;
  const auto look = [&found](const nlmsghdr& message) {
    found = found || message.nlmsg_type == XFRM_MSG_NEWPOLICY;
  };
  return AskRtnetlink(request, look, NETLINK_XFRM) == 0 && found;
}

}  // namespace tcpcopy
