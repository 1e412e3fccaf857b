#include "netstack/wire/build_packet.h"

#include <algorithm>

#include "netstack/base/check.h"
#include "netstack/wire/checksum.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/ipv4_view.h"
#include "netstack/wire/ipv6_view.h"
#include "netstack/wire/tcp_options.h"
#include "netstack/wire/tcp_view.h"
#include "netstack/wire/udp_view.h"

namespace tcpcopy {
namespace {

constexpr std::uint8_t kHopLimit = 64;
constexpr std::size_t kMaxPacketBytes = 65535;

std::size_t IpHeaderLength(IpFamily family) {
  return family == IpFamily::kV4 ? Ipv4View::kMinHeaderBytes : Ipv6View::kHeaderBytes;
}

void WriteIpv4Header(const FlowKey& flow, std::uint8_t protocol, std::uint16_t ip_id,
                     MutableBytes packet) {
  TCPCOPY_CHECK(packet.size() <= kMaxPacketBytes);
  std::uint8_t* p = packet.data();
  p[0] = 0x45;  // version 4, five words
  p[1] = 0;
  StoreBe16(p + 2, static_cast<std::uint16_t>(packet.size()));
  StoreBe16(p + 4, ip_id);
  // Don't Fragment stays clear: nobody here listens to ICMP, so a path with a smaller MTU would
  // swallow every full segment.
  StoreBe16(p + 6, 0);
  p[8] = kHopLimit;
  p[9] = protocol;
  StoreBe16(p + 10, 0);
  StoreBe32(p + 12, flow.local.address.v4());
  StoreBe32(p + 16, flow.peer.address.v4());
  StoreBe16(p + 10, InternetChecksum(packet.first(Ipv4View::kMinHeaderBytes)));
}

void WriteIpv6Header(const FlowKey& flow, std::uint8_t protocol, MutableBytes packet) {
  const std::size_t payload_length = packet.size() - Ipv6View::kHeaderBytes;
  TCPCOPY_CHECK(payload_length <= kMaxPacketBytes);
  std::uint8_t* p = packet.data();
  StoreBe32(p, 0x60000000U);  // version 6, no traffic class, no flow label
  StoreBe16(p + 4, static_cast<std::uint16_t>(payload_length));
  p[6] = protocol;
  p[7] = kHopLimit;
  std::ranges::copy(flow.local.address.bytes(), p + 8);
  std::ranges::copy(flow.peer.address.bytes(), p + 24);
}

void WriteIpHeader(const FlowKey& flow, std::uint8_t protocol, std::uint16_t ip_id,
                   MutableBytes packet) {
  if (flow.local.address.IsV4()) return WriteIpv4Header(flow, protocol, ip_id, packet);
  WriteIpv6Header(flow, protocol, packet);
}

void WriteTcpHeader(const FlowKey& flow, const TcpSegment& segment, MutableBytes bytes) {
  const std::size_t options_length = TcpOptionsLength(segment.options);
  const std::size_t header_words = (TcpView::kMinHeaderBytes + options_length) / 4;
  std::uint8_t* p = bytes.data();
  StoreBe16(p, flow.local.port);
  StoreBe16(p + 2, flow.peer.port);
  StoreBe32(p + 4, segment.seq.raw());
  StoreBe32(p + 8, segment.ack.raw());
  p[12] = static_cast<std::uint8_t>(header_words << 4);
  p[13] = segment.flags.bits;
  StoreBe16(p + 14, segment.window);
  StoreBe32(p + 16, 0);  // checksum and urgent pointer
  WriteTcpOptions(segment.options, bytes.subspan(TcpView::kMinHeaderBytes, options_length));
  StoreBe16(p + 16, TcpChecksum(flow.local.address, flow.peer.address, bytes));
}

void WriteUdpHeader(const FlowKey& flow, MutableBytes bytes) {
  std::uint8_t* p = bytes.data();
  StoreBe16(p, flow.local.port);
  StoreBe16(p + 2, flow.peer.port);
  StoreBe16(p + 4, static_cast<std::uint16_t>(bytes.size()));
  StoreBe16(p + 6, 0);
  StoreBe16(p + 6, UdpChecksum(flow.local.address, flow.peer.address, bytes));
}

}  // namespace

std::size_t HeaderLength(IpFamily family, const TcpOptions& options) {
  return IpHeaderLength(family) + TcpView::kMinHeaderBytes + TcpOptionsLength(options);
}

void BuildPacket(const FlowKey& flow, const TcpSegment& segment, std::uint16_t ip_id,
                 MutableBytes packet) {
  const IpFamily family = flow.local.address.family();
  TCPCOPY_CHECK(flow.peer.address.family() == family);
  TCPCOPY_CHECK(packet.size() == HeaderLength(family, segment.options) + segment.payload_length);
  WriteIpHeader(flow, kIpProtocolTcp, ip_id, packet);
  WriteTcpHeader(flow, segment, packet.subspan(IpHeaderLength(family)));
}

std::size_t DatagramHeaderLength(IpFamily family) {
  return IpHeaderLength(family) + UdpView::kHeaderBytes;
}

std::size_t LongestDatagram(IpFamily family) {
  const std::size_t told_headers = family == IpFamily::kV4 ? Ipv4View::kMinHeaderBytes : 0;
  return kMaxPacketBytes - told_headers - UdpView::kHeaderBytes;
}

void BuildDatagram(const FlowKey& flow, std::uint16_t ip_id, MutableBytes packet) {
  const IpFamily family = flow.local.address.family();
  TCPCOPY_CHECK(flow.peer.address.family() == family);
  TCPCOPY_CHECK(packet.size() >= DatagramHeaderLength(family));
  WriteIpHeader(flow, kIpProtocolUdp, ip_id, packet);
  WriteUdpHeader(flow, packet.subspan(IpHeaderLength(family)));
}

}  // namespace tcpcopy
