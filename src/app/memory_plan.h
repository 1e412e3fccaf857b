#pragma once

#include <cstddef>
#include <string>

#include "netstack/base/result.h"
#include "src/app/options/options.h"

namespace tcpcopy {

/// What the memory of -m is spent on. All that grows with the traffic is bounded by it, so the
/// process stays below, and what finds no room is refused into the ledger.
struct MemoryPlan {
  /// The program, its libraries (measured: 13 MB), and what it may need for fragments (8 MB) and
  /// for small things.
  static constexpr std::size_t kFixed = std::size_t{24} << 20;
  /// What each further worker may need for fragments.
  static constexpr std::size_t kFragments = std::size_t{8} << 20;

  std::size_t payload_bytes = 0;  // clients' bytes until the target has acknowledged them
  std::size_t sessions = 0;
  std::size_t remembered_flows = 0;  // of each kind

  /// What captures, files, connections to intercepts, and packets on their way out take at most.
  static std::size_t BuffersOf(const Options& options);

  /// Splits `memory` bytes, of which `buffers` are given away already. The error tells how many MB
  /// would do.
  static Result<MemoryPlan, std::string> Of(std::size_t memory, std::size_t buffers);
};

}  // namespace tcpcopy
