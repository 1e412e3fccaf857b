#pragma once

#include <cstdint>

#include "netstack/base/time.h"
#include "netstack/tcp/scoreboard.h"

namespace tcpcopy {

/// Recent ACKnowledgment (RFC 8985): what was sent a round trip before something that has arrived,
/// and has not arrived itself, is lost. Finds lost retransmissions and lost tails, which counting
/// duplicates (RFC 6675) leaves to the timeout, and waits where the path reorders.
class Rack {
 public:
  Rack() = default;
  /// That of a connection which has seen neither losses nor disorder, with nothing in flight.
  Rack(Duration rtt, Duration min_rtt) : rtt_(rtt), min_rtt_(min_rtt) {}
  /// Nothing else than these two is to be known then.
  bool saw_only_order() const { return !reordering_seen_ && dsack_round_ == 0; }
  Duration rtt() const { return rtt_; }

  /// A round trip measured on an unambiguous segment, the SYN among them (RFC 8985 6.2 step 1).
  void OnRoundTrip(Duration rtt);
  /// The part of `run` up to `end` is newly delivered; in ascending order within one ACK (steps 2
  /// and 3).
  void OnDelivered(const SentRun& run, std::uint64_t end, Instant now);
  /// A D-SACK: we had sent something again that had arrived (step 4).
  void OnDuplicate(std::uint64_t una, std::uint64_t nxt);
  /// A recovery is over: the path has behaved for one more (step 4).
  void OnRecoveryEnd();

  /// How long what is late may be merely reordered. `impatient`: in a recovery, or three segments
  /// were reported behind a hole, so waiting is for paths that are known to reorder.
  Duration ReorderWindow(bool impatient, Duration srtt) const;
  /// When `run` counts as lost if nothing more is heard of it; `kNever` while nothing sent after it
  /// has arrived (step 5).
  Instant LostAt(const SentRun& run, Duration reorder_window) const;

  /// When `run` has had a round trip's time, as measured last.
  Instant Expires(const SentRun& run) const { return run.last_sent + rtt_; }

  bool reordering_seen() const { return reordering_seen_; }
  Duration min_rtt() const { return min_rtt_; }

 private:
  static constexpr std::uint8_t kPersistence = 16;  // recoveries, RFC 8985 6.2 step 4

  Instant sent_at_{};           // RACK.xmit_ts
  std::uint64_t end_ = 0;       // RACK.end_seq, a position
  std::uint64_t farthest_ = 0;  // RACK.fack, a position
  std::uint64_t dsack_round_ = 0;
  Duration rtt_{0};                     // RACK.rtt
  Duration min_rtt_ = Duration::max();  // of this connection
  std::uint8_t window_quarters_ = 1;    // RACK.reo_wnd_mult
  std::uint8_t recoveries_left_ = kPersistence;
  bool reordering_seen_ = false;
};

}  // namespace tcpcopy
