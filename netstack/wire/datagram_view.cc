#include "netstack/wire/datagram_view.h"

#include "netstack/wire/ip_payload.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/udp_view.h"

namespace tcpcopy {
namespace {

FlowKey FlowOf(const IpPayload& ip, const UdpView& udp) {
  return {.local = {ip.source, udp.source_port()},
          .peer = {ip.destination, udp.destination_port()}};
}

}  // namespace

Result<DatagramView, ParseError> ParseDatagram(const Frame& frame, const WantedDatagrams& wanted,
                                               ConstBytes& fragment) {
  const auto is_it = [&wanted](const IpPayload& ip) {
    if (ip.protocol != kIpProtocolUdp) return false;
    const auto udp = UdpView::Parse(ip.bytes, ip.wire_length);
    return !udp || wanted(FlowOf(ip, *udp)) || !OpenTunnel(ip.protocol, ip.bytes, ip.wire_length);
  };
  const Result<IpPayload, ParseError> ip = FindIpPayload(frame, fragment, is_it);
  if (!ip) {
    return Err(ip.error() == ParseError::kNotTcp ? ParseError::kNotUdp : ip.error());
  }
  const Result<UdpView, ParseError> udp = UdpView::Parse(ip->bytes, ip->wire_length);
  if (!udp) return Err(udp.error());
  return DatagramView{FlowOf(*ip, *udp), udp->payload(), udp->payload_length()};
}

}  // namespace tcpcopy
