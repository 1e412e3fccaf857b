#include "src/io/uring/gso_socket.h"

#include <libmnl/libmnl.h>
#include <linux/if_packet.h>
#include <linux/rtnetlink.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include "src/io/host/kernel_version.h"
#include "src/io/host/rtnetlink.h"
#include "src/io/uring/raw_socket.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kEthernetBytes = 14;
constexpr std::size_t kTagBytes = 4;  // the kernel allows every frame to be longer by these
constexpr KernelVersion kLooksBehindTags{5, 19};

/// What the kernel says to a frame of so many bytes at an address where nothing can be read: it
/// judges the length first. Nothing is sent.
int Refusal(int socket, const void* unreadable, std::size_t bytes) {
  return ::send(socket, unreadable, bytes, MSG_DONTWAIT) < 0 ? errno : 0;
}

/// Whether the kernel, too, thinks that the device's headers have 14 bytes. It does not tell, but
/// takes frames of that much more than the MTU.
bool HasPlainHeaders(int socket, std::size_t mtu) {
  const std::size_t longest = mtu + kEthernetBytes + kTagBytes;
  void* const page =
      ::mmap(nullptr, longest + 1, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (page == MAP_FAILED) return false;
  const bool plain =
      Refusal(socket, page, longest) == EFAULT && Refusal(socket, page, longest + 1) == EMSGSIZE;
  ::munmap(page, longest + 1);
  return plain;
}

bool LooksBehindTags() {
  const auto version = KernelVersion::Parse(HostName::OfThisHost().kernel_release);
  return version && *version >= kLooksBehindTags;
}

struct DeviceLimits {
  std::uint32_t bytes = 0;  // of a frame, which has to be shorter
  std::uint32_t segments = 0;
};

int OnAttribute(const nlattr* attribute, void* into) {
  auto& limits = *static_cast<DeviceLimits*>(into);
  if (mnl_attr_get_payload_len(attribute) != sizeof(std::uint32_t)) return MNL_CB_OK;
  const std::uint16_t type = mnl_attr_get_type(attribute);
  if (type == IFLA_GSO_MAX_SIZE) limits.bytes = mnl_attr_get_u32(attribute);
  if (type == IFLA_GSO_MAX_SEGS) limits.segments = mnl_attr_get_u32(attribute);
  return MNL_CB_OK;
}

/// Zeros, that is nothing may be joined, when the kernel does not tell.
GsoLimits LimitsOf(std::uint32_t interface_index) {
  alignas(nlmsghdr) std::array<char, 64> buffer{};
  nlmsghdr& request = *mnl_nlmsg_put_header(buffer.data());
  request.nlmsg_type = RTM_GETLINK;
  request.nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
  auto* const link =
      static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(&request, sizeof(ifinfomsg)));
  link->ifi_index = static_cast<int>(interface_index);
  DeviceLimits device;
  AskRtnetlink(request, [&](const nlmsghdr& message) {
    if (message.nlmsg_type != RTM_NEWLINK) return;
    mnl_attr_parse(&message, sizeof(ifinfomsg), OnAttribute, &device);
  });
  GsoLimits limits;
  const std::size_t around = EthernetHeader::kMaxBytes + 1;
  limits.packet_bytes =
      std::min(limits.packet_bytes, device.bytes > around ? device.bytes - around : 0);
  limits.segments = std::min<std::size_t>(limits.segments, device.segments);
  return limits;
}

}  // namespace

GsoSocket GsoSocket::Open(const LinkDevice& device, bool with_tag) {
  if (with_tag && !LooksBehindTags()) return {};
  GsoSocket opened;
  opened.limits = LimitsOf(device.index);
  if (opened.limits.segments < 2) return {};
  auto socket = OpenPacketSocket(device.index);
  if (!socket || !HasPlainHeaders(socket->get(), device.mtu)) return {};
  const int on = 1;
  if (setsockopt(socket->get(), SOL_PACKET, PACKET_VNET_HDR, &on, sizeof on) != 0) return {};
  opened.fd = std::move(*socket);
  return opened;
}

}  // namespace tcpcopy
