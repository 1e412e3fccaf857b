#include "netstack/wire/packet_view.h"

#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"
#include "netstack/wire/link.h"
#include "netstack/wire/tcp_view.h"

namespace tcpcopy {
namespace {

template <typename IpView>
Result<PacketView, ParseError> ParseIp(const LinkPayload& link_payload) {
  const Result<IpView, ParseError> ip =
      IpView::Parse(link_payload.packet, link_payload.wire_length);
  if (!ip) return Err(ip.error());
  if (ip->protocol() != kIpProtocolTcp) return Err(ParseError::kNotTcp);
  const Result<TcpView, ParseError> tcp = TcpView::Parse(ip->payload(), ip->payload_length());
  if (!tcp) return Err(tcp.error());
  return PacketView{.flow = {.local = {ip->source(), tcp->source_port()},
                             .peer = {ip->destination(), tcp->destination_port()}},
                    .segment = tcp->ToSegment()};
}

}  // namespace

Result<PacketView, ParseError> ParsePacket(LinkType link, ConstBytes frame,
                                           std::size_t wire_length) {
  const Result<LinkPayload, ParseError> payload = StripLink({link, frame, wire_length});
  if (!payload) return Err(payload.error());
  return payload->family == IpFamily::kV4 ? ParseIp<Ipv4View>(*payload)
                                          : ParseIp<Ipv6View>(*payload);
}

}  // namespace tcpcopy
