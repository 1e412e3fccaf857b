#pragma once

#include "netstack/base/block_pool.h"
#include "netstack/base/slab.h"
#include "src/replay/held_segments.h"
#include "src/replay/turn_queue.h"

namespace tcpcopy {

/// What a captured client has said beyond its newest turn, and out of order: few have any of it at
/// a time.
struct Backlog {
  /// `pool` is not owned.
  explicit Backlog(BlockPool& pool) : waiting(pool), in_flight(pool), held(pool) {}

  TurnQueue waiting;    // turns before the newest with bytes not taken
  TurnQueue in_flight;  // turns before the newest, taken, not yet acknowledged
  HeldSegments held;    // bytes behind a hole

  bool empty() const { return waiting.empty() && in_flight.empty() && held.empty(); }
};

/// Where client streams take memory. Must outlive them.
struct StreamMemory {
  /// `payload` is not owned.
  explicit StreamMemory(BlockPool& payload) : blocks(payload) {}

  BlockPool& blocks;
  Slab<Backlog> backlogs{};  // at most one a stream
};

}  // namespace tcpcopy
