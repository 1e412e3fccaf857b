#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "netstack/base/bytes.h"
#include "netstack/wire/seq_num.h"

namespace tcpcopy {

/// Control bits of RFC 9293 3.1, with their places in the header's byte 13.
struct TcpFlags {
  static constexpr std::uint8_t kFin = 0x01;
  static constexpr std::uint8_t kSyn = 0x02;
  static constexpr std::uint8_t kRst = 0x04;
  static constexpr std::uint8_t kPsh = 0x08;
  static constexpr std::uint8_t kAck = 0x10;
  static constexpr std::uint8_t kUrg = 0x20;

  std::uint8_t bits = 0;

  constexpr bool Has(std::uint8_t flag) const { return (bits & flag) != 0; }
  constexpr bool fin() const { return Has(kFin); }
  constexpr bool syn() const { return Has(kSyn); }
  constexpr bool rst() const { return Has(kRst); }
  constexpr bool psh() const { return Has(kPsh); }
  constexpr bool ack() const { return Has(kAck); }
  constexpr bool operator==(const TcpFlags&) const = default;
};

/// A received range beyond the cumulative ACK (RFC 2018 3): [left, right).
struct SackBlock {
  SeqNum left;
  SeqNum right;
  bool operator==(const SackBlock&) const = default;
};

/// Timestamps option (RFC 7323 3.2).
struct TcpTimestamps {
  std::uint32_t value = 0;
  std::uint32_t echo_reply = 0;
  bool operator==(const TcpTimestamps&) const = default;
};

/// The options that the project understands. Absent ones are empty; unknown ones are skipped.
struct TcpOptions {
  static constexpr std::size_t kMaxSackBlocks = 4;

  std::optional<std::uint16_t> mss;          // RFC 9293 3.7.1, SYN only
  std::optional<std::uint8_t> window_scale;  // RFC 7323 2.2, SYN only, as on the wire
  bool sack_permitted = false;               // RFC 2018 2, SYN only
  std::optional<TcpTimestamps> timestamps;   // RFC 7323 3.2
  std::array<SackBlock, kMaxSackBlocks> sack{};
  std::uint8_t sack_count = 0;

  bool operator==(const TcpOptions&) const = default;
};

/// The meaning of one segment, in host order. The payload is not owned: it dies with the packet.
struct TcpSegment {
  std::uint16_t source_port = 0;
  std::uint16_t destination_port = 0;
  SeqNum seq;
  SeqNum ack;
  TcpFlags flags;
  std::uint16_t window = 0;  // as on the wire, not scaled
  TcpOptions options;
  ConstBytes payload;
  /// Payload bytes that the wire carried, as the IP header tells. Larger than `payload.size()` when
  /// the capture cut the packet; TCP's arithmetic uses this one.
  std::uint32_t payload_length = 0;

  /// SEG.LEN of RFC 9293 3.4: payload, with SYN and FIN counting one each.
  std::uint32_t Length() const {
    return payload_length + (flags.syn() ? 1U : 0U) + (flags.fin() ? 1U : 0U);
  }
};

}  // namespace tcpcopy
