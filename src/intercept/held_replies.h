#pragma once

#include <tsl/robin_map.h>

#include <array>
#include <cstdint>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"

namespace tcpcopy {

/// First replies that were caught before anybody asked for them: the announcement of a session and
/// the target's answer to its SYN come by different ways, and either may be the quicker one.
/// Bounded: `kMost` packets, of which the oldest goes, for `kPatience` each.
class HeldReplies {
 public:
  static constexpr std::size_t kMost = 4096;
  static constexpr Duration kPatience = std::chrono::milliseconds(200);
  /// What is kept of a packet. It is the answer to a SYN: headers, and hardly ever more.
  static constexpr std::size_t kMaxBytes = 256;

  explicit HeldReplies(std::uint64_t hash_seed) : ring_(kMost), latest_(0, FlowKeyHash{hash_seed}) {
    latest_.reserve(kMost);
  }

  /// Keeps a copy of an IP packet that answers `session` (local: the copier's end).
  void Hold(const FlowKey& session, ConstBytes packet, std::size_t wire_length, Instant now);

  /// Hands what is held of `session` to `visit(ConstBytes packet, std::size_t wire_length)`, oldest
  /// first, and holds it no longer.
  template <typename Visit>
  void Take(const FlowKey& session, Instant now, Visit visit) {
    for (std::uint64_t number = Unlink(session, now); number != 0;) {
      Held& held = ring_[number % kMost];
      number = held.neighbour;
      visit(ConstBytes(held.bytes).first(held.length), held.wire_length);
    }
  }

  /// Packets held so far.
  std::uint64_t held() const { return held_; }
  /// Those of them that somebody asked for in time.
  std::uint64_t taken() const { return taken_; }

 private:
  struct Held {
    FlowKey session;
    Instant since{};
    std::uint64_t number = 0;     // 0: nothing
    std::uint64_t neighbour = 0;  // another one of its session: the one before it
    std::size_t length = 0;
    std::size_t wire_length = 0;
    std::array<std::uint8_t, kMaxBytes> bytes;
  };

  std::uint64_t Unlink(const FlowKey& session, Instant now);

  std::vector<Held> ring_;                                      // by number
  tsl::robin_map<FlowKey, std::uint64_t, FlowKeyHash> latest_;  // each session's last one
  std::uint64_t held_ = 0;                                      // also the last one's number
  std::uint64_t taken_ = 0;
};

}  // namespace tcpcopy
