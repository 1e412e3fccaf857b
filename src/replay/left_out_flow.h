#pragma once

#include "src/replay/outcome.h"
#include "src/replay/request_boundary.h"
#include "src/replay/stream_bytes.h"

namespace tcpcopy {

/// A captured connection that has its outcome already (never replayed, or over) but whose packets
/// may still come.
struct LeftOutFlow {
  Outcome outcome = Outcome::kCompleted;
  bool replayed = false;  // was a session once
  SeqNum iss;             // of its SYN
  StreamBytes stream;     // behind what was counted
  /// So many copies (-n) share this fate, of which the first is remembered: all from it on.
  std::uint16_t sessions = 1;
};

/// A captured connection whose SYN was not captured.
struct MidstreamFlow {
  explicit MidstreamFlow(SeqNum begin) : first(begin), stream(begin) {}

  RequestBoundary boundary;
  SeqNum first;
  StreamBytes stream;
  std::uint64_t bytes = 0;     // captured
  bool counted = false;        // as a session, in the ledger
  std::uint16_t sessions = 1;  // copies of it that this stands for
};

}  // namespace tcpcopy
