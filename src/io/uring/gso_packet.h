#pragma once

#include <sys/socket.h>
#include <sys/uio.h>

#include <array>
#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/wire/ethernet_header.h"

namespace tcpcopy {

/// How much may be joined to one packet.
struct GsoLimits {
  std::size_t packet_bytes = 0xffff;  // of IP, whose header cannot tell more
  std::size_t segments = 64;          // and never more
};

/// Consecutive segments of one connection as one packet, for sockets with PACKET_VNET_HDR: on its
/// way out the kernel, or the device where it can, makes the very same segments of it again
/// (generic segmentation offload), so that most of what a packet costs falls due once. Payloads
/// are not copied: all bytes given stay where they are, unchanged, as long as the message is used.
class GsoPacket {
 public:
  /// Bytes of what tells of the joining, first in what such a socket is given.
  static constexpr std::size_t kPrefixBytes = 10;
  static constexpr std::size_t kMostSegments = GsoLimits{}.segments;

  GsoPacket() = default;
  GsoPacket(const GsoPacket&) = delete;  // `message` points into this
  GsoPacket& operator=(const GsoPacket&) = delete;

  /// Begins anew with `packet`, an IP packet that `link_header` goes before. False, and nothing
  /// begun, when no other can follow it: what is no TCP, a fragment, without payload or with
  /// another flag than ACK, because the kernel would not repeat that.
  bool Begin(ConstBytes link_header, ConstBytes packet, const GsoLimits& limits);
  /// Adds the IP packet `packet`. False, and nothing changed, when it is not the one that the
  /// kernel would make: of the same headers but for what comes next, and no longer than the first;
  /// or when it is too much.
  bool Append(ConstBytes packet);

  /// Of packets taken since `Begin`.
  std::size_t count() const { return count_; }
  /// Nothing can follow any more.
  bool is_complete() const { return is_complete_; }

  /// What to send; points into this object and the packets. Only when `count()` is at least 2.
  const msghdr& Finish();

 private:
  static constexpr std::size_t kMostHeaderBytes = 40 + 60;  // of IPv6 and of TCP

  std::uint8_t* ip() { return head_.data() + link_bytes_; }
  std::uint8_t* tcp() { return ip() + ip_bytes_; }
  bool IsNext(ConstBytes packet) const;
  void Take(ConstBytes payload, std::uint8_t flags);
  void WriteIpHeader();
  void WritePrefix();

  /// The prefix, the link header and the headers of the first packet; its payload follows
  /// elsewhere.
  std::array<std::uint8_t, kPrefixBytes + EthernetHeader::kMaxBytes + kMostHeaderBytes> head_{};
  GsoLimits limits_;
  std::size_t link_bytes_ = 0;  // with the prefix
  std::size_t ip_bytes_ = 0;    // of the header
  std::size_t tcp_bytes_ = 0;   // of the header, with options
  std::size_t segment_bytes_ = 0;
  std::size_t payload_bytes_ = 0;  // of all segments
  std::size_t count_ = 0;
  bool is_complete_ = false;
  std::array<iovec, 1 + kMostSegments> parts_{};
  msghdr message_{};
};

}  // namespace tcpcopy
