#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include "netstack/base/prng.h"
#include "netstack/base/time.h"
#include "tests/sim/packet.h"

namespace tcpcopy::sim {

/// What a path does to packets. Shares are of 1,000.
struct Faults {
  unsigned loss = 0;
  unsigned duplicate = 0;
  unsigned reorder = 0;  // held back by up to `reorder_delay`
  unsigned corrupt = 0;  // one bit flipped; the receiver's checksum must tell
  unsigned stale = 0;    // comes once more, so late that it is an old duplicate
  Duration delay = std::chrono::microseconds(100);  // one way
  Duration jitter{0};                               // up to so much more
  Duration reorder_delay = std::chrono::milliseconds(20);
  Duration stale_delay = std::chrono::seconds(10);
  std::uint64_t bytes_per_second = 0;  // 0: unlimited
  Duration queue = kNoQueueLimit;      // packets that would wait longer for the line are dropped
  std::size_t black_hole = 0;          // larger packets never arrive, and nobody says so; 0: none

  static constexpr Duration kNoQueueLimit = std::chrono::hours(1);

  /// Every packet arrives, once, in order and as fast as any other.
  bool IsPerfect() const {
    return loss + duplicate + reorder + corrupt + stale == 0 && jitter == Duration{0} &&
           bytes_per_second == 0 && black_hole == 0;
  }
};

/// One direction of a path in virtual time. Deliveries are ordered by (time, order of sending), so
/// equal seeds give equal runs.
class Path {
 public:
  Path(Faults faults, Prng prng) : faults_(faults), prng_(prng) {}

  void Send(Packet packet, Instant now);
  /// When the next packet arrives; `kNever` when none is on its way.
  Instant Next() const;
  /// Takes the first packet; there must be one.
  Packet Take();
  /// From now on everything arrives, once; what the size forbids does not.
  void Heal();

  /// Packets that never arrived, or arrived broken.
  std::uint64_t lost() const { return lost_; }

 private:
  bool Happens(unsigned share) { return share > 0 && prng_.Below(1000) < share; }
  Duration UpTo(Duration most);
  void Deliver(Packet packet, Instant at);

  Faults faults_;
  Prng prng_;
  std::map<std::pair<Instant, std::uint64_t>, Packet> on_the_way_;
  std::uint64_t sent_ = 0;
  std::uint64_t lost_ = 0;
  Instant line_free_{};
};

}  // namespace tcpcopy::sim
