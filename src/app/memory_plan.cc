#include "src/app/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "netstack/base/block_pool.h"
#include "src/replay/dispatcher.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kLeast = 4 * kMiB;  // less is of no use to anybody
constexpr std::size_t kMostRemembered = std::size_t{1} << 20;

/// One of each kind of remembered flow: it is rare that all tables are full.
constexpr std::size_t kBytesAFlow = Dispatcher::kBytesARememberedFlow;

}  // namespace

Result<MemoryPlan, std::string> MemoryPlan::Of(std::size_t memory, std::size_t buffers) {
  const std::size_t taken = kFixed + buffers;
  if (memory < taken + kLeast) {
    return Err(
        fmt::format("{} MB are too little: the program and its capture buffers (-B) take {} "
                    "already; accepted here: {} or more",
                    memory / kMiB, (taken + kMiB - 1) / kMiB, (taken + kLeast + kMiB - 1) / kMiB));
  }
  const std::size_t left = memory - taken;
  MemoryPlan plan;
  plan.remembered_flows = std::clamp<std::size_t>(left / 8 / kBytesAFlow, 64, kMostRemembered);
  plan.sessions = left / 4 / Dispatcher::kBytesASession;
  plan.payload_bytes = left - left / 4 - plan.remembered_flows * kBytesAFlow;
  return plan;
}

}  // namespace tcpcopy
