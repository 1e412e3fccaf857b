#include "netstack/wire/packet_view.h"

#include "netstack/wire/ip_payload.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/tcp_view.h"

namespace tcpcopy {

Result<PacketView, ParseError> ParsePacket(const Frame& frame, ConstBytes& fragment) {
  const auto is_tcp = [](const IpPayload& ip) { return ip.protocol == kIpProtocolTcp; };
  const Result<IpPayload, ParseError> ip = FindIpPayload(frame, fragment, is_tcp);
  if (!ip) return Err(ip.error());
  const Result<TcpView, ParseError> tcp = TcpView::Parse(ip->bytes, ip->wire_length);
  if (!tcp) return Err(tcp.error());
  return PacketView{.flow = {.local = {ip->source, tcp->source_port()},
                             .peer = {ip->destination, tcp->destination_port()}},
                    .segment = tcp->ToSegment()};
}

Result<PacketView, ParseError> ParsePacket(LinkType link, ConstBytes frame,
                                           std::size_t wire_length) {
  ConstBytes fragment;
  return ParsePacket(Frame{link, frame, wire_length}, fragment);
}

}  // namespace tcpcopy
