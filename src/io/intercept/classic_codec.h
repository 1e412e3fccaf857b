#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "netstack/wire/flow_key.h"

namespace tcpcopy {

// The protocol of TCPCopy 1.x, byte by byte (docs/PROTOCOL.md). All numbers in network order.

/// What a tcpcopy says: 14 bytes.
struct ClassicMessage {
  static constexpr std::size_t kBytes = 14;
  static constexpr std::uint16_t kAdd = 1;      // announces a flow
  static constexpr std::uint16_t kDelete = 2;   // withdraws one
  static constexpr std::uint16_t kVersion = 6;  // the first message: no flow, its type is a version

  std::uint16_t type = kAdd;
  FlowKey flow;  // local: the copied client, peer: the target; IPv4

  bool operator==(const ClassicMessage&) const = default;

  std::array<std::uint8_t, kBytes> Encode() const;
  /// `bytes` are kBytes of them.
  static ClassicMessage Decode(ConstBytes bytes);
};

/// What an intercept says: the headers of a reply in 64 bytes.
///
///   IPv4 header without options (20), TCP header (20), TCP options (24, zeros behind them)
///
/// The total length is that of the reply, so that its payload's length can be told.
inline constexpr std::size_t kClassicRecordBytes = 64;
inline constexpr std::size_t kClassicCountBytes = 2;
/// Records in one message, behind a count of two bytes.
inline constexpr std::size_t kClassicMaxRecords = 16;

/// Fills `record` (kClassicRecordBytes) with the headers of an IPv4 packet of `wire_length` bytes
/// with TCP in it. IP options are left out, and TCP options that do not fit, with lengths that
/// agree. False: no such packet.
bool WriteClassicRecord(ConstBytes packet, std::size_t wire_length, MutableBytes record);

/// A record as a packet that was cut behind its headers.
struct ClassicReply {
  std::array<std::uint8_t, kClassicRecordBytes> bytes{};
  std::size_t length = 0;       // of them are the packet's
  std::size_t wire_length = 0;  // of the packet

  ConstBytes packet() const { return {bytes.data(), length}; }
};

/// `record` is kClassicRecordBytes long. TCPCopy's intercept leaves lengths as they were when it
/// leaves options out; they are put right. Nothing: no headers of a TCP packet.
std::optional<ClassicReply> ReadClassicRecord(ConstBytes record);

/// Why the stream of an intercept cannot be read on.
enum class ClassicError {
  kOwnProtocol,  // it speaks ours
  kBadCount,     // more records than there can be
};

/// Cuts an intercept's stream into records. Whether it counts them (builds with --disable-combined
/// do not) is told by its first byte: an IP header's, or the upper half of a small number.
class ClassicReader {
 public:
  void Feed(ConstBytes bytes);
  /// The next record, or none until more is fed; dies when the reader is fed again.
  Result<std::optional<ConstBytes>, ClassicError> Next();
  /// Messages begun so far.
  std::uint64_t messages() const { return messages_; }

 private:
  std::vector<std::uint8_t> bytes_;
  std::size_t head_ = 0;     // bytes of `bytes_` that were handed out
  std::size_t records_ = 0;  // of the present message still to come
  std::uint64_t messages_ = 0;
};

}  // namespace tcpcopy
