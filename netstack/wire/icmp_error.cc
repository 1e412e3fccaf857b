#include "netstack/wire/icmp_error.h"

#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kHeaderBytes = 8;       // ICMP's own, in both families
constexpr std::size_t kPortsAndSeqBytes = 8;  // as much of the quoted TCP as RFC 792 promises

template <typename IpView>
std::optional<IcmpError> Read(const LinkPayload& packet, std::uint8_t icmp) {
  const Result<IpView, ParseError> outer = IpView::Parse(packet.packet, packet.wire_length);
  if (!outer || outer->protocol() != icmp || outer->payload().size() < kHeaderBytes) {
    return std::nullopt;
  }
  const ConstBytes message = outer->payload();
  const ConstBytes quoted = message.subspan(kHeaderBytes);
  const Result<IpView, ParseError> inner = IpView::Parse(quoted, quoted.size());
  if (!inner || inner->protocol() != kIpProtocolTcp ||
      inner->payload().size() < kPortsAndSeqBytes) {
    return std::nullopt;
  }
  const std::uint8_t* const tcp = inner->payload().data();
  return IcmpError{.from = outer->source(),
                   .type = message[0],
                   .code = message[1],
                   .rest = LoadBe32(message.data() + 4),
                   .flow = {.local = {inner->source(), LoadBe16(tcp)},
                            .peer = {inner->destination(), LoadBe16(tcp + 2)}},
                   .seq = SeqNum(LoadBe32(tcp + 4)),
                   .quoted = quoted};
}

}  // namespace

std::optional<IcmpError> IcmpError::Parse(const Frame& frame) {
  const Result<LinkPayload, ParseError> packet = StripLink(frame);
  if (!packet) return std::nullopt;
  return packet->family == IpFamily::kV4 ? Read<Ipv4View>(*packet, kIpProtocolIcmp)
                                         : Read<Ipv6View>(*packet, kIpProtocolIcmpv6);
}

}  // namespace tcpcopy
