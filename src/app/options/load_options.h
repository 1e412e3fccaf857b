#pragma once

#include <cstdint>

#include "src/app/options/command_line.h"
#include "src/replay/port_share.h"
#include "src/replay/shard.h"

namespace tcpcopy {

/// How many sessions are made of those that are captured, and how fast.
struct LoadOptions {
  std::uint16_t copies = 1;      // -n
  std::uint64_t shift = 0;       // --shift-clients; 0: none
  PortShare share;               // -f
  Shard shard;                   // --shard
  bool gradual = false;          // -g
  double rate = 0;               // --rate: sessions a second; 0: any number
  std::size_t most_at_once = 0;  // --max-sessions; 0: as many as memory allows
  unsigned cpu_percent = 0;      // --cpu-limit: of a core; 0: none
};

/// The options that fill `options`, which must outlive the parsing.
OptionGroup LoadOptionGroup(LoadOptions& options);

}  // namespace tcpcopy
