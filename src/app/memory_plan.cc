#include "src/app/memory_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/io/intercept/channel.h"
#include "src/io/intercept/frame.h"
#include "src/io/pcap/live_capture.h"
#include "src/io/pcap/merged_captures.h"
#include "src/io/uring/uring_sink.h"
#include "src/replay/dispatcher.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kMiB = std::size_t{1} << 20;
constexpr std::size_t kLeast = 4 * kMiB;  // less is of no use to anybody
constexpr std::size_t kMostRemembered = std::size_t{1} << 20;

/// One of each kind of remembered flow: it is rare that all tables are full.
constexpr std::size_t kBytesAFlow = Dispatcher::kBytesARememberedFlow;

/// To an intercept: announcements that wait, and a frame that is not whole yet.
constexpr std::size_t kBytesAConnection = Channel::kOutLimit + kMaxFrameLength;

}  // namespace

std::size_t MemoryPlan::BuffersOf(const Options& options) {
  std::size_t buffers = UringSink::Options{}.slots * options.mtu + LiveOptions::kReplyBuffer;
  if (options.IsFile()) {
    buffers += options.files.size() * MergedCaptures::kBytesAFile;
  } else {
    buffers += std::max<std::size_t>(1, options.interfaces.size()) * options.capture_buffer;
  }
  const auto connections = static_cast<std::size_t>(options.channels.connections);
  return buffers + options.channels.intercepts.size() * connections * kBytesAConnection;
}

Result<MemoryPlan, std::string> MemoryPlan::Of(std::size_t memory, std::size_t buffers) {
  const std::size_t taken = kFixed + buffers;
  if (memory < taken + kLeast) {
    return Err(
        fmt::format("{} MB are too little: the program and its buffers (-B, -M) take {} "
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
