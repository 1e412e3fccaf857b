#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "tests/sim/packet.h"

namespace tcpcopy::sim {

/// How a captured client ends.
enum class Ending { kClientCloses, kServerCloses, kClientResets, kCaptureEnds };

/// What the target does with a session.
enum class Fate {
  kServes,
  kHalfCloses,  // closes its direction after a turn, and goes on receiving
  kResets,      // in the middle of a turn
  kVanishes,    // the same, without a word
  kRefuses,     // answers the SYN with RST
  kIgnores,     // does not answer the SYN
};

/// What the capture does to the packets of one client. Shares are of 1,000.
struct CaptureFaults {
  unsigned loss = 0;
  unsigned duplicate = 0;
  unsigned swap = 0;         // with the packet before
  unsigned retransmit = 0;   // the client sends a part again, otherwise cut
  bool contradicts = false;  // what is sent again has other bytes
  bool no_syn = false;
};

/// One captured session: what was said, and the packets of the client that the capture shows.
struct SessionScript {
  struct Turn {
    std::string request;     // empty only in a first turn: the server speaks first
    std::size_t answer = 0;  // bytes that production answered
    std::size_t target_answer = 0;
  };
  struct Captured {
    Duration at{0};  // since the scenario's beginning
    Packet packet;
  };

  FlowKey captured;  // local: the client
  std::uint32_t iss = 0;
  std::vector<Turn> turns;
  Ending ending = Ending::kClientCloses;
  Fate fate = Fate::kServes;
  std::size_t fate_turn = 0;  // whose request meets it
  CaptureFaults faults;
  Duration start{0};
  std::vector<Captured> packets;

  std::string ClientBytes() const;
};

}  // namespace tcpcopy::sim
