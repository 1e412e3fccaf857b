#include "src/app/worker_plan.h"

#include <fmt/format.h>

#include <algorithm>

#include "src/app/options/capture_file_list.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kLeastBuffer = std::size_t{1} << 20;
/// Files that are open at the same time, for all workers; by default.
constexpr std::size_t kMostOpenFiles = 256;

unsigned Default(const Options& options, unsigned cpus) {
  if (!ReadOnceOnly(options.files).empty()) return 1;
  const unsigned most = options.IsFile()
                            ? static_cast<unsigned>(kMostOpenFiles / options.files.size())
                            : PortClass::kMost;
  return std::clamp(cpus / WorkerPlan::kCpusAWorker, 1U,
                    std::max(1U, std::min(most, WorkerPlan::kMostByDefault)));
}

}  // namespace

Result<WorkerPlan, std::string> WorkerPlan::Of(const Options& options, unsigned cpus) {
  const bool is_given = options.workers > 0;
  WorkerPlan plan(options, is_given ? options.workers : Default(options, cpus));
  if (is_given && plan.workers_ > cpus) {
    plan.warning_ =
        fmt::format("--workers: {} are more than the {} CPUs of this process", plan.workers_, cpus);
  }
  const std::size_t most = options.load.most_at_once / options.load.copies;
  if (options.load.most_at_once > 0 && most < plan.workers_) {
    if (is_given) {
      plan.warning_ = fmt::format("--workers: {} of {}: --max-sessions leaves nothing for others",
                                  most, plan.workers_);
    }
    plan.workers_ = static_cast<unsigned>(most);
  }
  auto planned = plan.PlanMemory();
  while (!planned && !is_given && plan.workers_ > 1) {
    --plan.workers_;
    planned = plan.PlanMemory();
  }
  if (!planned) return Err(planned.error());
  return plan;
}

Result<void, std::string> WorkerPlan::PlanMemory() {
  const std::size_t buffers =
      MemoryPlan::BuffersOf(OptionsOf(0)) * workers_ + MemoryPlan::kFragments * (workers_ - 1);
  auto memory = MemoryPlan::Of(options_.memory, buffers);
  if (!memory) return Err(memory.error());
  memory_ = *memory;
  return {};
}

std::size_t WorkerPlan::Part(std::size_t whole, unsigned number) const {
  return whole / workers_ + (number < whole % workers_ ? 1 : 0);
}

Options WorkerPlan::OptionsOf(unsigned number) const {
  Options part = options_;
  part.load.rate /= workers_;
  part.load.most_at_once = Part(options_.load.most_at_once, number);
  part.capture_buffer = std::max(options_.capture_buffer / workers_, kLeastBuffer);
  return part;
}

MemoryPlan WorkerPlan::MemoryOf(unsigned number) const {
  MemoryPlan part = memory_;
  part.payload_bytes = Part(memory_.payload_bytes, number);
  part.sessions = Part(memory_.sessions, number);
  part.remembered_flows = Part(memory_.remembered_flows, number);
  return part;
}

}  // namespace tcpcopy
