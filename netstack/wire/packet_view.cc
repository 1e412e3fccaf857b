#include "netstack/wire/packet_view.h"

#include <algorithm>
#include <optional>

#include "netstack/wire/ip_payload.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/tcp_view.h"

namespace tcpcopy {
namespace {

/// TCP in IPv4 without options, whole, right behind a link header of a fixed length, as nearly all
/// packets are.
struct PlainPacket {
  const std::uint8_t* ip;
  ConstBytes tcp;      // what was captured of the segment
  std::size_t length;  // of the segment
};

std::optional<PlainPacket> AsPlainPacket(const Frame& frame) {
  constexpr std::size_t kIpBytes = Ipv4View::kMinHeaderBytes;
  const std::optional<std::size_t> link = PlainIpv4At(frame);
  if (!link || frame.bytes.size() < *link + kIpBytes + TcpView::kMinHeaderBytes)
    return std::nullopt;
  const ConstBytes packet = frame.bytes.subspan(*link);
  const std::uint8_t* const ip = packet.data();
  const std::size_t total = LoadBe16(ip + 2);
  const bool plain = ip[0] == 0x45 && (LoadBe16(ip + 6) & 0x3FFF) == 0 && ip[9] == kIpProtocolTcp &&
                     total >= kIpBytes + TcpView::kMinHeaderBytes;
  if (!plain) return std::nullopt;
  const std::size_t captured = std::min(packet.size(), total);
  return PlainPacket{ip, packet.subspan(kIpBytes, captured - kIpBytes), total - kIpBytes};
}

}  // namespace

Result<PacketView, ParseError> ParsePacket(const Frame& frame, ConstBytes& fragment) {
  Result<PacketView, ParseError> view;
  ConstBytes bytes;
  std::size_t length = 0;
  // The way through all link layers and tunnels would say the same, and takes three times as long.
  if (const std::optional<PlainPacket> plain = AsPlainPacket(frame)) {
    view->flow.local.address = IpAddress::V4(LoadBe32(plain->ip + 12));
    view->flow.peer.address = IpAddress::V4(LoadBe32(plain->ip + 16));
    bytes = plain->tcp;
    length = plain->length;
  } else {
    const auto is_tcp = [](const IpPayload& ip) { return ip.protocol == kIpProtocolTcp; };
    const Result<IpPayload, ParseError> ip = FindIpPayload(frame, fragment, is_tcp);
    if (!ip) {
      view = Err(ip.error());
      return view;
    }
    view->flow.local.address = ip->source;
    view->flow.peer.address = ip->destination;
    bytes = ip->bytes;
    length = ip->wire_length;
  }
  const Result<TcpView, ParseError> tcp = TcpView::Parse(bytes, length);
  if (!tcp) {
    view = Err(tcp.error());
    return view;
  }
  view->flow.local.port = tcp->source_port();
  view->flow.peer.port = tcp->destination_port();
  tcp->Fill(view->segment);
  return view;
}

Result<PacketView, ParseError> ParsePacket(LinkType link, ConstBytes frame,
                                           std::size_t wire_length) {
  ConstBytes fragment;
  return ParsePacket(Frame{link, frame, wire_length}, fragment);
}

}  // namespace tcpcopy
