#include "netstack/wire/packet_too_big.h"

#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kHeaderBytes = 8;  // ICMP's own, in both families

/// RFC 1191 7: the sizes that links have, largest first.
std::uint32_t NextSizeBelow(std::uint32_t length) {
  constexpr std::uint32_t kPlateaus[] = {32000, 17914, 8166, 4352, 2002, 1492, 1006, 508, 296};
  for (const std::uint32_t size : kPlateaus) {
    if (size < length) return size;
  }
  return 68;
}

template <typename IpView>
std::optional<PacketTooBig> ReadQuoted(ConstBytes packet, std::uint32_t mtu) {
  const Result<IpView, ParseError> ip = IpView::Parse(packet, packet.size());
  constexpr std::size_t kPortsAndSeqBytes = 8;  // as much as RFC 792 promises
  if (!ip || ip->protocol() != kIpProtocolTcp || ip->payload().size() < kPortsAndSeqBytes) {
    return std::nullopt;
  }
  const std::uint8_t* const tcp = ip->payload().data();
  return PacketTooBig{.flow = {.local = {ip->source(), LoadBe16(tcp)},
                               .peer = {ip->destination(), LoadBe16(tcp + 2)}},
                      .seq = SeqNum(LoadBe32(tcp + 4)),
                      .mtu = mtu};
}

std::optional<PacketTooBig> ReadIcmp(ConstBytes message) {
  constexpr std::uint8_t kUnreachable = 3;
  constexpr std::uint8_t kFragmentationNeeded = 4;
  if (message[0] != kUnreachable || message[1] != kFragmentationNeeded) return std::nullopt;
  const ConstBytes quoted = message.subspan(kHeaderBytes);
  if (quoted.size() < Ipv4View::kMinHeaderBytes) return std::nullopt;
  const std::uint16_t told = LoadBe16(message.data() + 6);
  return ReadQuoted<Ipv4View>(quoted,
                              told != 0 ? told : NextSizeBelow(LoadBe16(quoted.data() + 2)));
}

std::optional<PacketTooBig> ReadIcmpv6(ConstBytes message) {
  constexpr std::uint8_t kTooBig = 2;
  if (message[0] != kTooBig) return std::nullopt;
  return ReadQuoted<Ipv6View>(message.subspan(kHeaderBytes), LoadBe32(message.data() + 4));
}

template <typename IpView>
ConstBytes MessageIn(const LinkPayload& packet, std::uint8_t protocol) {
  const Result<IpView, ParseError> ip = IpView::Parse(packet.packet, packet.wire_length);
  return ip && ip->protocol() == protocol ? ip->payload() : ConstBytes();
}

}  // namespace

std::optional<PacketTooBig> PacketTooBig::Parse(const Frame& frame) {
  const Result<LinkPayload, ParseError> packet = StripLink(frame);
  if (!packet) return std::nullopt;
  const bool v4 = packet->family == IpFamily::kV4;
  const ConstBytes message = v4 ? MessageIn<Ipv4View>(*packet, kIpProtocolIcmp)
                                : MessageIn<Ipv6View>(*packet, kIpProtocolIcmpv6);
  if (message.size() < kHeaderBytes) return std::nullopt;
  return v4 ? ReadIcmp(message) : ReadIcmpv6(message);
}

}  // namespace tcpcopy
