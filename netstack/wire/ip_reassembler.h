#pragma once

#include <cstdint>
#include <list>
#include <map>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/wire/ip_fragment.h"

namespace tcpcopy {

/// Puts fragmented IP packets together (RFC 791 3.2, RFC 8200 4.5). Bounded: at most `kMaxPackets`
/// at a time, the oldest is forgotten; each is given up after `kPatience` of capture time, when it
/// is in more than `kMaxPieces`, or when they take more than `kMaxBytes` because they overlap: all
/// of it takes less than `kMostMemory`. Pieces may come in any order and more than once; of two at
/// one place the first counts. What belongs to a packet that is whole since less than `kRepeats` is
/// a copy and left out: it would wait for the next packet that has the same identification, and be
/// joined with it.
class IpReassembler {
 public:
  static constexpr std::size_t kMaxPackets = 64;
  /// The longest packet is in 119 pieces where the MTU is 576, the least that hosts must take.
  static constexpr std::size_t kMaxPieces = 256;
  /// Of memory, a packet: as many pieces of the longest one with what it takes to keep them.
  static constexpr std::size_t kMaxBytes = 96 << 10;
  static constexpr std::size_t kMostMemory = 7 << 20;
  static constexpr Duration kPatience = std::chrono::seconds(30);  // RFC 1122 3.3.2: 15 to 120 s
  /// Captures show a frame twice within milliseconds; identifications come round later than that.
  static constexpr Duration kRepeats = std::chrono::seconds(1);

  /// Takes a packet that may be a fragment, captured at `now` (any origin, not far out of order).
  /// Returns the whole IP packet when this was the last piece that was missing, otherwise nothing.
  /// Valid until the next call.
  ConstBytes Add(ConstBytes packet, Duration now);

  /// Packets of which pieces are missing; at most `kMaxPackets`.
  std::size_t pending() const { return pending_.packets.size(); }
  /// Whole packets whose copies are still known; at most `kMaxPackets`.
  std::size_t finished() const { return finished_.packets.size(); }

 private:
  struct Partial {
    Duration begun{0};
    std::vector<std::uint8_t> header;  // of the piece at offset 0; empty before it came
    std::map<std::uint32_t, std::vector<std::uint8_t>> pieces;
    std::uint32_t length = 0;  // of the whole payload; 0 before the last piece came
    std::size_t payload = 0;   // bytes of all pieces
    std::size_t memory = 0;    // bytes that header and pieces take
  };

  /// What is remembered of a whole packet to know copies of its pieces.
  struct Finished {
    struct Piece {
      std::uint32_t offset;
      std::uint64_t hash;
    };
    Duration begun{0};          // when the last piece came
    std::vector<Piece> pieces;  // by offset
  };

  /// Packets by what their pieces have in common, at most `kMaxPackets`.
  template <typename Packet>
  struct Table {
    std::map<IpFragment::Key, Packet> packets;
    std::list<IpFragment::Key> oldest_first;  // the keys of `packets`

    Packet& Add(const IpFragment::Key& key, Packet packet, Duration now);
    Packet Take(const IpFragment::Key& key);
    void Forget(Duration now, Duration patience);
  };

  bool IsRepeat(const IpFragment& fragment);
  static void Keep(Partial& partial, const IpFragment& fragment);
  static Finished Remember(const Partial& partial);
  bool Join(const Partial& partial);

  Table<Partial> pending_;
  Table<Finished> finished_;
  std::vector<std::uint8_t> whole_;
};

}  // namespace tcpcopy
