#include "src/io/uring/gso_packet.h"

#include <algorithm>
#include <cstring>

#include "netstack/base/check.h"
#include "netstack/wire/checksum.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/ip_protocol.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kIpv4Bytes = 20;  // packets with options are not joined
constexpr std::size_t kIpv6Bytes = 40;
constexpr std::size_t kTcpBytes = 20;
constexpr std::size_t kMostPacketBytes = 0xffff;  // that an IPv4 header can tell

// Places in the headers.
constexpr std::size_t kIpv4Length = 2, kIpv4Id = 4, kIpv4Fragment = 6, kIpv4Protocol = 9;
constexpr std::size_t kIpv4Checksum = 10, kIpv4Addresses = 12;
constexpr std::size_t kIpv6Length = 4, kIpv6Next = 6, kIpv6Addresses = 8;
constexpr std::size_t kTcpSeq = 4, kTcpAck = 8, kTcpOffset = 12, kTcpFlags = 13, kTcpWindow = 14;
constexpr std::size_t kTcpChecksum = 16, kTcpUrgent = 18;

constexpr std::uint16_t kIsFragment = 0x3fff;  // more to come, or not the first one

/// `virtio_net_hdr` (virtio 1.2, 5.1.6), in the machine's byte order, as packet sockets have it.
/// The kernel's own declaration is no C++.
struct VirtioHeader {
  static constexpr std::uint8_t kNeedsChecksum = 1;
  static constexpr std::uint8_t kTcpV4 = 1;
  static constexpr std::uint8_t kTcpV6 = 4;

  std::uint8_t flags;
  std::uint8_t gso_type;
  std::uint16_t header_length;
  std::uint16_t gso_size;         // payload of all segments but the last
  std::uint16_t checksum_start;   // from where on the checksum is to be computed
  std::uint16_t checksum_offset;  // where it goes, from there
};
static_assert(sizeof(VirtioHeader) == GsoPacket::kPrefixBytes);

bool IsV4(const std::uint8_t* ip) { return ip[0] >> 4 == 4; }

/// Bytes of the IP header in front of a TCP segment; 0 for anything else.
std::size_t IpHeaderBytes(ConstBytes packet) {
  if (packet.size() < kIpv4Bytes + kTcpBytes || packet.size() > kMostPacketBytes) return 0;
  const std::uint8_t* const ip = packet.data();
  if (ip[0] == (4 << 4 | kIpv4Bytes / 4)) {
    const bool is_whole = LoadBe16(ip + kIpv4Length) == packet.size() &&
                          (LoadBe16(ip + kIpv4Fragment) & kIsFragment) == 0;
    return is_whole && ip[kIpv4Protocol] == kIpProtocolTcp ? kIpv4Bytes : 0;
  }
  if (ip[0] >> 4 != 6 || packet.size() < kIpv6Bytes + kTcpBytes) return 0;
  const bool is_whole = LoadBe16(ip + kIpv6Length) == packet.size() - kIpv6Bytes;
  return is_whole && ip[kIpv6Next] == kIpProtocolTcp ? kIpv6Bytes : 0;
}

bool AreEqual(const std::uint8_t* a, const std::uint8_t* b, std::size_t from, std::size_t to) {
  return std::memcmp(a + from, b + from, to - from) == 0;
}

}  // namespace

bool GsoPacket::Begin(ConstBytes link_header, ConstBytes packet, const GsoLimits& limits) {
  TCPCOPY_CHECK(link_header.size() <= EthernetHeader::kMaxBytes);
  TCPCOPY_CHECK(limits.segments <= kMostSegments && limits.packet_bytes <= kMostPacketBytes);
  const std::size_t ip_bytes = IpHeaderBytes(packet);
  if (ip_bytes == 0) return false;
  const std::uint8_t* const tcp = packet.data() + ip_bytes;
  const std::size_t tcp_bytes = std::size_t{tcp[kTcpOffset]} / 16 * 4;
  if (tcp[kTcpFlags] != TcpFlags::kAck || tcp_bytes < kTcpBytes) return false;
  if (packet.size() <= ip_bytes + tcp_bytes) return false;
  limits_ = limits;
  link_bytes_ = kPrefixBytes + link_header.size();
  ip_bytes_ = ip_bytes;
  tcp_bytes_ = tcp_bytes;
  segment_bytes_ = packet.size() - ip_bytes - tcp_bytes;
  payload_bytes_ = 0;
  count_ = 0;
  is_complete_ = false;
  std::ranges::copy(link_header, head_.begin() + kPrefixBytes);
  std::copy_n(packet.begin(), ip_bytes + tcp_bytes, ip());
  Take(packet.subspan(ip_bytes + tcp_bytes), tcp[kTcpFlags]);
  return true;
}

bool GsoPacket::Append(ConstBytes packet) {
  if (is_complete_ || !IsNext(packet)) return false;
  Take(packet.subspan(ip_bytes_ + tcp_bytes_), packet[ip_bytes_ + kTcpFlags]);
  return true;
}

bool GsoPacket::IsNext(ConstBytes packet) const {
  const std::size_t header_bytes = ip_bytes_ + tcp_bytes_;
  if (packet.size() <= header_bytes || packet.size() > header_bytes + segment_bytes_) return false;
  if (packet.size() + payload_bytes_ > limits_.packet_bytes) return false;
  if (IpHeaderBytes(packet) != ip_bytes_) return false;
  const std::uint8_t* const ip = head_.data() + link_bytes_;
  const std::uint8_t* const next_ip = packet.data();
  const auto next_id = static_cast<std::uint16_t>(LoadBe16(ip + kIpv4Id) + count_);
  const bool same_ip =
      IsV4(ip)
          ? AreEqual(ip, next_ip, 0, kIpv4Length) && LoadBe16(next_ip + kIpv4Id) == next_id &&
                AreEqual(ip, next_ip, kIpv4Fragment, kIpv4Checksum) &&
                AreEqual(ip, next_ip, kIpv4Addresses, kIpv4Bytes)
          : AreEqual(ip, next_ip, 0, kIpv6Length) && AreEqual(ip, next_ip, kIpv6Next, kIpv6Bytes);
  if (!same_ip) return false;
  const std::uint8_t* const tcp = ip + ip_bytes_;
  const std::uint8_t* const next_tcp = next_ip + ip_bytes_;
  constexpr unsigned kLastOnly = TcpFlags::kPsh | TcpFlags::kFin;
  const auto next_seq = static_cast<std::uint32_t>(LoadBe32(tcp + kTcpSeq) + payload_bytes_);
  return AreEqual(tcp, next_tcp, 0, kTcpSeq) && LoadBe32(next_tcp + kTcpSeq) == next_seq &&
         AreEqual(tcp, next_tcp, kTcpAck, kTcpFlags) &&
         (next_tcp[kTcpFlags] & ~kLastOnly) == TcpFlags::kAck &&
         AreEqual(tcp, next_tcp, kTcpWindow, kTcpChecksum) &&
         AreEqual(tcp, next_tcp, kTcpUrgent, tcp_bytes_);
}

void GsoPacket::Take(ConstBytes payload, std::uint8_t flags) {
  ++count_;
  parts_[count_] = {const_cast<std::uint8_t*>(payload.data()), payload.size()};  // only read
  payload_bytes_ += payload.size();
  tcp()[kTcpFlags] = flags;
  is_complete_ =
      flags != TcpFlags::kAck || payload.size() < segment_bytes_ || count_ == limits_.segments;
}

const msghdr& GsoPacket::Finish() {
  TCPCOPY_CHECK(count_ >= 2);
  WriteIpHeader();
  WritePrefix();
  parts_[0] = {head_.data(), link_bytes_ + ip_bytes_ + tcp_bytes_};
  message_.msg_iov = parts_.data();
  message_.msg_iovlen = 1 + count_;
  return message_;
}

void GsoPacket::WriteIpHeader() {
  const std::size_t segment = tcp_bytes_ + payload_bytes_;
  const bool v4 = IsV4(ip());
  const std::size_t address_bytes = v4 ? 4 : 16;
  const std::uint8_t* const addresses = ip() + (v4 ? kIpv4Addresses : kIpv6Addresses);
  if (v4) {
    StoreBe16(ip() + kIpv4Length, static_cast<std::uint16_t>(kIpv4Bytes + segment));
    StoreBe16(ip() + kIpv4Checksum, 0);
    StoreBe16(ip() + kIpv4Checksum, InternetChecksum({ip(), kIpv4Bytes}));
  } else {
    StoreBe16(ip() + kIpv6Length, static_cast<std::uint16_t>(segment));
  }
  const auto source = IpAddress::FromBytes({addresses, address_bytes});
  const auto destination = IpAddress::FromBytes({addresses + address_bytes, address_bytes});
  StoreBe16(tcp() + kTcpChecksum, PartialTcpChecksum(source, destination, segment));
}

void GsoPacket::WritePrefix() {
  const auto checksum_start = static_cast<std::uint16_t>(link_bytes_ - kPrefixBytes + ip_bytes_);
  const VirtioHeader prefix{
      .flags = VirtioHeader::kNeedsChecksum,
      .gso_type = IsV4(ip()) ? VirtioHeader::kTcpV4 : VirtioHeader::kTcpV6,
      .header_length = static_cast<std::uint16_t>(checksum_start + tcp_bytes_),
      .gso_size = static_cast<std::uint16_t>(segment_bytes_),
      .checksum_start = checksum_start,
      .checksum_offset = kTcpChecksum,
  };
  std::memcpy(head_.data(), &prefix, sizeof prefix);
}

}  // namespace tcpcopy
