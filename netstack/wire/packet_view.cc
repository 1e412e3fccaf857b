#include "netstack/wire/packet_view.h"

#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"
#include "netstack/wire/tcp_view.h"
#include "netstack/wire/tunnel.h"

namespace tcpcopy {
namespace {

/// What TCP and tunnels need of an IP packet of either family.
struct IpContent {
  IpAddress source;
  IpAddress destination;
  std::uint8_t protocol;
  ConstBytes payload;
  std::size_t payload_length;  // on the wire
};

template <typename IpView>
Result<IpContent, ParseError> ReadIp(const LinkPayload& packet) {
  const Result<IpView, ParseError> ip = IpView::Parse(packet.packet, packet.wire_length);
  if (!ip) return Err(ip.error());
  return IpContent{ip->source(), ip->destination(), ip->protocol(), ip->payload(),
                   ip->payload_length()};
}

Result<PacketView, ParseError> ReadTcp(const IpContent& ip) {
  const Result<TcpView, ParseError> tcp = TcpView::Parse(ip.payload, ip.payload_length);
  if (!tcp) return Err(tcp.error());
  return PacketView{.flow = {.local = {ip.source, tcp->source_port()},
                             .peer = {ip.destination, tcp->destination_port()}},
                    .segment = tcp->ToSegment()};
}

}  // namespace

Result<PacketView, ParseError> ParsePacket(const Frame& frame, ConstBytes& fragment) {
  Frame rest = frame;
  for (int tunnels = 0; tunnels <= kMaxTunnels; ++tunnels) {
    const Result<LinkPayload, ParseError> packet = StripLink(rest);
    if (!packet) return Err(packet.error());
    const Result<IpContent, ParseError> ip =
        packet->family == IpFamily::kV4 ? ReadIp<Ipv4View>(*packet) : ReadIp<Ipv6View>(*packet);
    if (!ip) {
      if (ip.error() == ParseError::kFragment) fragment = packet->packet;
      return Err(ip.error());
    }
    if (ip->protocol == kIpProtocolTcp) return ReadTcp(*ip);
    const Result<Frame, ParseError> inside =
        OpenTunnel(ip->protocol, ip->payload, ip->payload_length);
    if (!inside) return Err(inside.error());
    rest = *inside;
  }
  return Err(ParseError::kNotTcp);
}

Result<PacketView, ParseError> ParsePacket(LinkType link, ConstBytes frame,
                                           std::size_t wire_length) {
  ConstBytes fragment;
  return ParsePacket(Frame{link, frame, wire_length}, fragment);
}

}  // namespace tcpcopy
