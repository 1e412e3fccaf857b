#pragma once

#include <cstddef>
#include <string>

#include "netstack/base/result.h"

namespace tcpcopy {

/// What the memory of -m is spent on. All that grows with the traffic is bounded by it, so the
/// process stays below, and what finds no room is refused into the ledger.
struct MemoryPlan {
  /// The program, its libraries, and what does not grow: buffers for packets on their way out, what
  /// the allocator holds back. Measured.
  static constexpr std::size_t kFixed = std::size_t{20} << 20;

  std::size_t payload_bytes = 0;  // clients' bytes until the target has acknowledged them
  std::size_t sessions = 0;
  std::size_t remembered_flows = 0;  // of each kind

  /// Splits `memory` bytes, of which `buffers` are given to captures already. The error tells how
  /// many MB would do.
  static Result<MemoryPlan, std::string> Of(std::size_t memory, std::size_t buffers);
};

}  // namespace tcpcopy
