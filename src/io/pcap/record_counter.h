#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "netstack/base/bytes.h"

namespace tcpcopy {

/// Counts the packets that a capture file holds as far as it has come, while it comes, whatever the
/// pieces: with one more than were read, a reader will find the next one whole. Looks at the
/// lengths of records only (pcap and pcapng, either byte order); what they hold is the reader's.
class RecordCounter {
 public:
  /// The bytes that follow.
  void Feed(ConstBytes bytes);

  /// Packets of which every byte has come.
  std::uint64_t packets() const { return packets_; }
  /// The bytes make no sense: a reader will find so, too, or knows better. Nothing is counted any
  /// more.
  bool lost() const { return state_ == State::kLost; }

 private:
  enum class State { kMagic, kFileHeader, kRecord, kBlock, kLost };

  static constexpr std::size_t kMagicBytes = 4;
  static constexpr std::size_t kFileHeaderBytes = 24;
  static constexpr std::size_t kRecordBytes = 16;
  static constexpr std::size_t kLongRecordBytes = 24;    // of patched tcpdumps
  static constexpr std::size_t kBlockBytes = 12;         // type, length, and the first of the body
  static constexpr std::uint32_t kMostBytes = 1U << 28;  // more than any reader takes of a record

  std::uint32_t Word(std::size_t at) const;
  std::uint16_t Half(std::size_t at) const;
  /// What is known once the head that was waited for is there.
  void OnHead();
  void OnMagic();
  void OnBlock();
  void Expect(State state, std::size_t head_bytes);
  void Skip(std::uint64_t bytes, bool is_packet);

  State state_ = State::kMagic;
  bool big_endian_ = false;
  std::size_t record_bytes_ = kRecordBytes;
  std::array<std::uint8_t, 24> head_{};
  std::size_t have_ = 0;            // of the head
  std::size_t need_ = kMagicBytes;  // for the head
  std::uint64_t skip_ = 0;          // of the body
  bool in_packet_ = false;          // the body is a packet's
  std::uint64_t packets_ = 0;
};

}  // namespace tcpcopy
