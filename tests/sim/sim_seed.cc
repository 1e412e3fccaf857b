#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "netstack/base/prng.h"
#include "tests/sim/simulation.h"

// Replays one seed with every packet, or runs many; exits 1 when a checker is not content.
int main(int argc, char** argv) {
  CLI::App app{"Runs seeds of the deterministic simulator.", "sim_seed"};
  std::uint64_t seed = 0;
  std::uint64_t seeds = 0;
  std::uint64_t first = 1;
  app.add_option("--seed", seed, "one seed, with a line for each packet");
  app.add_option("--seeds", seeds, "so many seeds, from --first on");
  app.add_option("--first", first, "the first of --seeds (1)");
  CLI11_PARSE(app, argc, argv);
  const bool one = app.count("--seed") > 0;
  if (one) first = seed;
  const std::uint64_t count = one ? 1 : seeds;
  std::uint64_t failed = 0;
  std::uint64_t packets = 0;
  std::uint64_t hash = 0;
  for (std::uint64_t i = first; i < first + count; ++i) {
    const tcpcopy::sim::SimResult result = tcpcopy::sim::Simulate(i, one);
    packets += result.packets;
    hash = tcpcopy::Prng::Mix(hash ^ result.trace_hash);
    for (const std::string& failure : result.failures) fmt::print("seed {}: {}\n", i, failure);
    failed += result.failures.empty() ? 0 : 1;
  }
  fmt::print("{} seeds, {} failed, {} packets, trace hash {:016x}\n", count, failed, packets, hash);
  return failed == 0 ? 0 : 1;
}
