#include "tests/sim/packet.h"

#include <algorithm>

#include "netstack/wire/build_packet.h"

namespace tcpcopy::sim {
namespace {

/// RFC 1071 in its plainest form.
class WordSum {
 public:
  explicit WordSum(const Packet& packet) : packet_(packet) {}
  void Add(std::uint64_t value) { sum_ += value; }
  void AddRange(std::size_t from, std::size_t to) {
    for (std::size_t at = from; at < to; at += 2) {
      sum_ += (std::uint64_t{packet_[at]} << 8) | (at + 1 < to ? packet_[at + 1] : 0U);
    }
  }
  bool IsRight() const {
    std::uint64_t sum = sum_;
    while ((sum >> 16) != 0) sum = (sum & 0xffff) + (sum >> 16);
    return sum == 0xffff;
  }

 private:
  const Packet& packet_;
  std::uint64_t sum_ = 0;
};

bool Ipv4IsRight(const Packet& packet) {
  if (packet.size() < 40) return false;
  const std::size_t header = (packet[0] & 15U) * 4U;
  if (header < 20 || header > packet.size()) return false;
  WordSum ip(packet);
  ip.AddRange(0, header);
  WordSum tcp(packet);
  tcp.Add(6 + packet.size() - header);
  tcp.AddRange(12, 20);
  tcp.AddRange(header, packet.size());
  return ip.IsRight() && tcp.IsRight();
}

bool Ipv6IsRight(const Packet& packet) {
  // No checksum covers the rest of the header: a flipped bit there is found by what it leads to.
  if (packet.size() < 60 || packet[6] != 6) return false;
  WordSum tcp(packet);
  tcp.Add(6 + packet.size() - 40);
  tcp.AddRange(8, packet.size());
  return tcp.IsRight() && ((packet[4] << 8) | packet[5]) + 40U == packet.size();
}

}  // namespace

Packet MakePacket(const FlowKey& flow, TcpSegment segment, std::string_view text) {
  segment.payload_length = static_cast<std::uint32_t>(text.size());
  const std::size_t header = HeaderLength(flow.local.address.family(), segment.options);
  Packet packet(header + text.size());
  std::copy(text.begin(), text.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  BuildPacket(flow, segment, 0, packet);
  return packet;
}

bool ChecksumIsRight(const Packet& packet) {
  if (packet.empty()) return false;
  switch (packet[0] >> 4) {
    case 4:
      return Ipv4IsRight(packet);
    case 6:
      return Ipv6IsRight(packet);
    default:
      return false;
  }
}

}  // namespace tcpcopy::sim
