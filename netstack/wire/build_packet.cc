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

/// RFC 1071, of the header that `WriteIpv4Header` writes, from what it consists of.
std::uint16_t Ipv4HeaderChecksum(const FlowKey& flow, std::uint32_t other_words) {
  const std::uint32_t source = flow.local.address.v4();
  const std::uint32_t destination = flow.peer.address.v4();
  std::uint32_t sum = other_words + (source >> 16) + (source & 0xFFFF) + (destination >> 16) +
                      (destination & 0xFFFF);
  sum = (sum >> 16) + (sum & 0xFFFF);
  sum += sum >> 16;
  return static_cast<std::uint16_t>(~sum);
}

void WriteIpv4Header(const FlowKey& flow, std::uint8_t protocol, std::uint16_t ip_id,
                     MutableBytes packet) {
  TCPCOPY_CHECK(packet.size() <= kMaxPacketBytes);
  constexpr std::uint16_t kVersionAndLength = 0x4500;  // version 4, five words
  const auto hops_and_protocol = static_cast<std::uint16_t>(kHopLimit << 8 | protocol);
  std::uint8_t* p = packet.data();
  StoreBe16(p, kVersionAndLength);
  StoreBe16(p + 2, static_cast<std::uint16_t>(packet.size()));
  StoreBe16(p + 4, ip_id);
  // Don't Fragment stays clear: nobody here listens to ICMP, so a path with a smaller MTU would
  // swallow every full segment.
  StoreBe16(p + 6, 0);
  StoreBe16(p + 8, hops_and_protocol);
  StoreBe16(p + 10,
            Ipv4HeaderChecksum(flow, static_cast<std::uint32_t>(kVersionAndLength + packet.size() +
                                                                ip_id + hops_and_protocol)));
  StoreBe32(p + 12, flow.local.address.v4());
  StoreBe32(p + 16, flow.peer.address.v4());
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
  const std::size_t options_length =
      bytes.size() - TcpView::kMinHeaderBytes - segment.payload_length;
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
  // Whether the options fill the rest, `WriteTcpOptions` sees to.
  TCPCOPY_CHECK(packet.size() >=
                IpHeaderLength(family) + TcpView::kMinHeaderBytes + segment.payload_length);
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
