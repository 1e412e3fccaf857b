#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tcpcopy::sim {

/// What came of one seed.
struct SimResult {
  std::vector<std::string> failures;  // empty: every checker was content
  std::uint64_t trace_hash = 0;       // of every packet in both directions, with its time
  std::uint64_t packets = 0;
};

/// Runs the scenario of `seed` in virtual time: whole sessions from their captured packets, through
/// the real dispatcher, to an independent strict target over a bad network. Checks: the target
/// received what the client said; the client broke no rule of TCP; every session ends in bounded
/// virtual time and with the outcome that fits; nothing is left in the pools; the ledger
/// reconciles. `log`: prints each packet.
SimResult Simulate(std::uint64_t seed, bool log = false);

}  // namespace tcpcopy::sim
