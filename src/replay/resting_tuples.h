#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/time.h"
#include "netstack/wire/seq_num.h"
#include "src/replay/recent_flows.h"

namespace tcpcopy {

/// 4-tuples whose last session is over, for as long as the target may have them in TIME-WAIT. (Only
/// the side that closes first has one, but who that was is not sure before the last ACK has
/// arrived, which nobody acknowledges.) Bounded: the oldest is forgotten.
class RestingTuples {
 public:
  static constexpr Duration kRest = std::chrono::seconds(60);  // TIME-WAIT of Linux

  /// `capacity` must not be 0.
  RestingTuples(std::uint64_t hash_seed, std::size_t capacity) : tuples_(hash_seed, capacity) {}

  /// A session on `tuple` (local: ours) is over; `snd_nxt` is behind all that it sent.
  void Add(const FlowKey& tuple, SeqNum snd_nxt, Instant now) {
    tuples_.Add(tuple, {snd_nxt, now + kRest});
  }
  /// Behind what the last session on `tuple` sent, while it rests: the target takes a new SYN
  /// beyond that (RFC 1122 4.2.2.13, RFC 9293 3.6.1). Empty when it does not.
  std::optional<SeqNum> Find(const FlowKey& tuple, Instant now) {
    const Rest* const rest = tuples_.Find(tuple);
    if (rest == nullptr || rest->until <= now) return std::nullopt;
    return rest->snd_nxt;
  }

 private:
  struct Rest {
    SeqNum snd_nxt;
    Instant until;
  };
  RecentFlows<Rest, FlowKey, FlowKeyHash> tuples_;

 public:
  static constexpr std::size_t kBytesATuple = decltype(tuples_)::kBytesAFlow;
};

}  // namespace tcpcopy
