#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// Reads one unfragmented IPv4 packet (RFC 791 3.1). Non-owning: dies with the buffer.
///
///    0                   1                   2                   3
///    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///   +-------+-------+---------------+-------------------------------+
///   |Version|  IHL  |Type of Service|          Total Length         |
///   +-------+-------+---------------+-----+-------------------------+
///   |         Identification        |Flags|      Fragment Offset    |
///   +---------------+---------------+-----+-------------------------+
///   |  Time to Live |    Protocol   |         Header Checksum       |
///   +---------------+---------------+-------------------------------+
///   |                       Source Address                          |
///   |                    Destination Address                        |
///   |                    Options, padding ...                       |
///   +---------------------------------------------------------------+
class Ipv4View {
 public:
  static constexpr std::size_t kMinHeaderBytes = 20;

  /// `packet` begins with the IP header; what stands behind the packet (link padding) is left out.
  /// `wire_length` is the number of bytes from the IP header to the frame's end on the wire, at
  /// least `packet.size()`; it counts only when the total length is zero (TSO).
  /// Errors: kTruncated, kBadIpHeader, kFragment.
  static Result<Ipv4View, ParseError> Parse(ConstBytes packet, std::size_t wire_length);

  IpAddress source() const { return IpAddress::V4(LoadBe32(header_ + 12)); }
  IpAddress destination() const { return IpAddress::V4(LoadBe32(header_ + 16)); }
  std::uint16_t identification() const { return LoadBe16(header_ + 4); }
  std::uint8_t ttl() const { return header_[8]; }
  std::uint8_t protocol() const { return header_[9]; }
  /// The captured bytes behind the header.
  ConstBytes payload() const { return payload_; }
  /// Bytes behind the header as the header tells; at least `payload().size()`.
  std::size_t payload_length() const { return payload_length_; }

 private:
  Ipv4View(const std::uint8_t* header, ConstBytes payload, std::size_t payload_length)
      : header_(header), payload_(payload), payload_length_(payload_length) {}

  const std::uint8_t* header_;
  ConstBytes payload_;
  std::size_t payload_length_;
};

}  // namespace tcpcopy
