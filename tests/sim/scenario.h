#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/wire/flow_key.h"
#include "tests/sim/network.h"
#include "tests/sim/strict_target.h"

namespace tcpcopy::sim {

/// How a captured client ends.
enum class Ending { kClientCloses, kServerCloses, kClientResets, kCaptureEnds };

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
  std::vector<Turn> turns;
  Ending ending = Ending::kClientCloses;
  std::vector<Captured> packets;

  std::string ClientBytes() const;
};

/// Everything that a seed decides.
struct Scenario {
  std::vector<SessionScript> sessions;
  TargetSetup target;
  Faults to_target;
  Faults to_replay;
  bool live = false;  // packets come at their times; else as fast as they are read
  std::size_t send_slots = 64;
  std::uint16_t mtu = 1500;
};

/// The scenario of `seed`. Kinds of faults are off or on at random, each with a random weight
/// (swarm testing: few seeds have all, most combinations occur).
Scenario MakeScenario(std::uint64_t seed);

}  // namespace tcpcopy::sim
