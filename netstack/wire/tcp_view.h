#pragma once

#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/parse_error.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// Reads one TCP segment (RFC 9293 3.1). Non-owning: dies with the buffer.
///
///    0                   1                   2                   3
///    0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1 2 3 4 5 6 7 8 9 0 1
///   +-------------------------------+-------------------------------+
///   |          Source Port          |       Destination Port        |
///   +-------------------------------+-------------------------------+
///   |                        Sequence Number                        |
///   |                    Acknowledgment Number                      |
///   +-------+-------+---------------+-------------------------------+
///   | Offset| Rsrvd |C E U A P R S F|            Window             |
///   +-------+-------+---------------+-------------------------------+
///   |           Checksum            |         Urgent Pointer        |
///   +-------------------------------+-------------------------------+
///   |                     Options, then data ...                    |
///   +---------------------------------------------------------------+
class TcpView {
 public:
  static constexpr std::size_t kMinHeaderBytes = 20;

  /// `segment` begins with the TCP header and holds what was captured of it; `length` (at least
  /// `segment.size()`) is the segment's length in bytes as the IP header tells.
  /// Errors: kTruncated, kBadTcpHeader.
  static Result<TcpView, ParseError> Parse(ConstBytes segment, std::size_t length) {
    if (length < kMinHeaderBytes || length > kMaxSegmentBytes) {
      return Err(ParseError::kBadTcpHeader);
    }
    if (segment.size() < kMinHeaderBytes) return Err(ParseError::kTruncated);
    const std::size_t header_length = HeaderLength(segment);
    if (header_length < kMinHeaderBytes || header_length > length) {
      return Err(ParseError::kBadTcpHeader);
    }
    if (segment.size() < header_length) return Err(ParseError::kTruncated);
    return TcpView(segment, length);
  }

  std::uint16_t source_port() const { return LoadBe16(bytes_.data()); }
  std::uint16_t destination_port() const { return LoadBe16(bytes_.data() + 2); }
  SeqNum seq() const { return SeqNum(LoadBe32(bytes_.data() + 4)); }
  SeqNum ack() const { return SeqNum(LoadBe32(bytes_.data() + 8)); }
  TcpFlags flags() const { return {bytes_[13]}; }
  std::uint16_t window() const { return LoadBe16(bytes_.data() + 14); }
  std::uint16_t checksum() const { return LoadBe16(bytes_.data() + 16); }
  std::size_t header_length() const { return HeaderLength(bytes_); }
  /// The options field, padding included.
  ConstBytes options() const {
    return bytes_.subspan(kMinHeaderBytes, header_length() - kMinHeaderBytes);
  }
  /// The captured bytes of the payload.
  ConstBytes payload() const { return bytes_.subspan(header_length()); }
  /// Payload bytes on the wire.
  std::size_t payload_length() const { return length_ - header_length(); }

  /// Writes the segment's meaning to `segment`, which is as constructed; its payload will point
  /// into this view's buffer. (In place, because a segment takes more than a cache line.)
  void Fill(TcpSegment& segment) const;

 private:
  // Beyond the largest window (RFC 7323 2.3) sequence arithmetic has no meaning; only a nonsensical
  // wire length gets there.
  static constexpr std::size_t kMaxSegmentBytes = std::size_t{1} << 30;

  TcpView(ConstBytes bytes, std::size_t length) : bytes_(bytes), length_(length) {}

  static std::size_t HeaderLength(ConstBytes bytes) { return std::size_t{bytes[12]} / 16 * 4; }

  ConstBytes bytes_;
  std::size_t length_;
};

}  // namespace tcpcopy
