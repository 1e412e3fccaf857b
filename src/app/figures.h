#pragma once

#include <cstdint>
#include <vector>

#include "src/app/reply_intake.h"
#include "src/io/packet_sink.h"
#include "src/io/packet_source.h"
#include "src/replay/ledger.h"

namespace tcpcopy {

/// Where in the input we are; `size` 0 when that is unknown (live, a pipe). `rounds` is how often
/// it is replayed, 0 until stopped.
struct InputPosition {
  std::uint64_t done = 0;
  std::uint64_t size = 0;
  std::uint64_t round = 1;
  std::uint64_t rounds = 1;
};

/// All that a worker, or all of them, has counted until one moment. A copy, which may go from one
/// thread to another.
struct Figures {
  Ledger ledger;
  CaptureStats clients{};
  ReplyIntake::Stats replies{};
  PacketSink::Stats sent{};
  InputPosition position{};

  /// What was counted by both, in different sessions. Of the input, which each of them reads, the
  /// round of who is furthest, and in it the mean: `position` keeps its size.
  static Figures SumOf(const std::vector<Figures>& parts);
};

}  // namespace tcpcopy
