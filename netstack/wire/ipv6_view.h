#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/ip_address.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// Reads one unfragmented IPv6 packet (RFC 8200 3) and walks its hop-by-hop, routing and
/// destination options headers. Non-owning: dies with the buffer.
///
///    0                   1                   2                   3
///    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///   +-------+---------------+---------------------------------------+
///   |Version| Traffic Class |               Flow Label              |
///   +-------+---------------+-------+---------------+---------------+
///   |         Payload Length        |  Next Header  |   Hop Limit   |
///   +-------------------------------+---------------+---------------+
///   |                  Source Address (16 bytes)                    |
///   |                Destination Address (16 bytes)                 |
///   |                   Extension headers ...                       |
///   +---------------------------------------------------------------+
class Ipv6View {
 public:
  static constexpr std::size_t kHeaderBytes = 40;

  /// `packet` begins with the IP header; what stands behind the packet (link padding) is left out.
  /// `wire_length` is the number of bytes from the IP header to the frame's end on the wire, at
  /// least `packet.size()`; it counts only when the payload length is zero (jumbograms of RFC 2675,
  /// TSO).
  /// Errors: kTruncated, kBadIpHeader, kFragment (a fragment header, even of a whole packet).
  static Result<Ipv6View, ParseError> Parse(ConstBytes packet, std::size_t wire_length);

  IpAddress source() const { return IpAddress::FromBytes({header_ + 8, 16}); }
  IpAddress destination() const { return IpAddress::FromBytes({header_ + 24, 16}); }
  std::uint8_t hop_limit() const { return header_[7]; }
  /// The first next-header value that is no walked extension header.
  std::uint8_t protocol() const { return protocol_; }
  /// The captured bytes behind the last walked header.
  ConstBytes payload() const { return payload_; }
  /// Bytes behind the last walked header as the headers tell; at least `payload().size()`.
  std::size_t payload_length() const { return payload_length_; }

 private:
  Ipv6View(const std::uint8_t* header, std::uint8_t protocol, ConstBytes payload,
           std::size_t payload_length)
      : header_(header), payload_(payload), payload_length_(payload_length), protocol_(protocol) {}

  const std::uint8_t* header_;
  ConstBytes payload_;
  std::size_t payload_length_;
  std::uint8_t protocol_;
};

}  // namespace tcpcopy
