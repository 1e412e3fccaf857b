#pragma once

#include <tsl/robin_map.h>

#include <cstdint>
#include <deque>

#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"
#include "src/replay/outcome.h"

namespace tcpcopy {

/// One captured connection of `LeftOutFlows`.
struct LeftOutFlow {
  Outcome outcome = Outcome::kCompleted;
  bool replayed = false;  // was a session once
  SeqNum iss{};           // of its SYN, when there was one
  SeqNum next{};          // behind the newest byte counted
};

/// Captured connections that have their outcome already (never replayed, or over) but whose packets
/// may still come: so that none is counted twice, and none is taken for a new one. The oldest is
/// forgotten at `kMaxFlows`.
class LeftOutFlows {
 public:
  static constexpr std::size_t kMaxFlows = 65536;

  explicit LeftOutFlows(std::uint64_t hash_seed) : flows_(0, FlowKeyHash{hash_seed}) {}

  /// Remembers `flow`, in the place of an older one with the same key.
  void Add(const FlowKey& captured, const LeftOutFlow& flow);
  void Remove(const FlowKey& captured) { flows_.erase(captured); }
  /// nullptr when unknown. Valid until the next change.
  const LeftOutFlow* Find(const FlowKey& captured) const;

  /// Payload bytes of `segment` that are new to `captured`, which must be known; counted once.
  std::uint64_t CountNewBytes(const FlowKey& captured, const TcpSegment& segment);

 private:
  struct Entry {
    LeftOutFlow flow;
    std::uint64_t generation;
  };
  struct Age {
    FlowKey key;
    std::uint64_t generation;
  };

  tsl::robin_map<FlowKey, Entry, FlowKeyHash> flows_;
  std::deque<Age> oldest_first_;  // may name entries that are gone or were renewed
  std::uint64_t next_generation_ = 0;
};

}  // namespace tcpcopy
