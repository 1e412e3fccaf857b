#include "src/io/intercept/reply_cut.h"

#include <algorithm>
#include <optional>

#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"
#include "netstack/wire/tcp_view.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kLongestHeaders = 128;

template <typename View>
std::optional<std::size_t> HeadersOf(ConstBytes packet, std::size_t wire_length) {
  const auto ip = View::Parse(packet, wire_length);
  if (!ip || ip->protocol() != kIpProtocolTcp) return std::nullopt;
  const auto tcp = TcpView::Parse(ip->payload(), ip->payload_length());
  if (!tcp) return std::nullopt;
  const auto before = static_cast<std::size_t>(ip->payload().data() - packet.data());
  return before + tcp->header_length();
}

}  // namespace

ConstBytes CutPayload(ConstBytes packet, std::size_t wire_length, std::uint32_t payload_bytes) {
  if (packet.size() <= payload_bytes) return packet;  // the headers count, too
  const bool v4 = packet[0] / 16 == 4;
  const auto headers =
      v4 ? HeadersOf<Ipv4View>(packet, wire_length) : HeadersOf<Ipv6View>(packet, wire_length);
  return packet.first(std::min(packet.size(), headers.value_or(kLongestHeaders) + payload_bytes));
}

}  // namespace tcpcopy
