#pragma once

#include <cstdint>
#include <vector>

#include "tests/sim/carriers.h"
#include "tests/sim/network.h"
#include "tests/sim/session_script.h"
#include "tests/sim/target_setup.h"

namespace tcpcopy::sim {

/// Everything that a seed decides.
struct Scenario {
  std::vector<SessionScript> sessions;
  TargetSetup target;
  Faults to_target;
  Faults to_replay;
  Carriage carriage;
  bool live = false;  // packets come at their times; else as fast as they are read
  std::size_t send_slots = 64;
  std::uint16_t mtu = 1500;
  bool faithful_acks = false;
};

/// Where the captured clients are sent: -x.
inline constexpr const char* kMapping =
    "198.51.100.1:80-10.0.0.2:8080,[2001:db8::1]:80-[2001:db8::2]:8080";

/// The scenario of `seed`. Kinds of faults are off or on at random, each with a random weight
/// (swarm testing: few seeds have all, most combinations occur).
Scenario MakeScenario(std::uint64_t seed);

}  // namespace tcpcopy::sim
