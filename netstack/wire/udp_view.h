#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/parse_error.h"

namespace tcpcopy {

/// Reads one UDP datagram (RFC 768). Non-owning: dies with the buffer.
///
///    0                   1                   2                   3
///    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///   +-------------------------------+-------------------------------+
///   |          Source Port          |       Destination Port        |
///   +-------------------------------+-------------------------------+
///   |            Length             |           Checksum            |
///   +-------------------------------+-------------------------------+
///   |                          Data ...                             |
///   +---------------------------------------------------------------+
class UdpView {
 public:
  static constexpr std::size_t kHeaderBytes = 8;

  /// `datagram` begins with the UDP header and holds what was captured of it; `length` (at least
  /// `datagram.size()`) is the length in bytes as the IP header tells. What stands behind the
  /// datagram's own length is left out; an own length of zero (RFC 2675, offload) means "as long as
  /// the IP header tells". Errors: kTruncated, kBadUdpHeader.
  static Result<UdpView, ParseError> Parse(ConstBytes datagram, std::size_t length);

  std::uint16_t source_port() const { return LoadBe16(bytes_.data()); }
  std::uint16_t destination_port() const { return LoadBe16(bytes_.data() + 2); }
  std::uint16_t checksum() const { return LoadBe16(bytes_.data() + 6); }
  /// The captured bytes of the payload.
  ConstBytes payload() const { return bytes_.subspan(kHeaderBytes); }
  /// Payload bytes on the wire.
  std::size_t payload_length() const { return length_ - kHeaderBytes; }

 private:
  UdpView(ConstBytes bytes, std::size_t length) : bytes_(bytes), length_(length) {}

  ConstBytes bytes_;
  std::size_t length_;
};

}  // namespace tcpcopy
