#pragma once

#include <cstdint>
#include <string>

#include "netstack/base/result.h"
#include "src/app/memory_plan.h"
#include "src/app/options/options.h"
#include "src/replay/port_class.h"

namespace tcpcopy {

/// How many workers there are, and what each of them has of what is meant for all: of memory,
/// buffers, rate and number of sessions.
class WorkerPlan {
 public:
  /// One worker copies more than ten thousand connections a second with a core of its own, and
  /// production needs the others. So by default a host with few CPUs has one worker, and others
  /// have one for each four CPUs, and eight at most.
  static constexpr unsigned kCpusAWorker = 4;
  static constexpr unsigned kMostByDefault = 8;

  /// By --workers, or for `cpus` CPUs; fewer where there are fewer sessions to share
  /// (--max-sessions), or by default where memory (-m) would not do, or very many files are read.
  /// The error, about -m, is one line without its name.
  static Result<WorkerPlan, std::string> Of(const Options& options, unsigned cpus);

  unsigned workers() const { return workers_; }
  /// One line for the user when more were asked for than are of use; empty otherwise.
  const std::string& warning() const { return warning_; }

  /// Whether the captures of what clients send may be one group (JoinFanout): not of datagrams,
  /// whose pieces all workers see, nor where they are opened when intercepts are there.
  bool fans_out() const {
    return workers_ > 1 && options_.transport == Transport::kTcp && !options_.channels.InUse();
  }
  /// Worker `number`'s, from 0. What does not divide goes to the first ones.
  PortClass PortsOf(unsigned number) const { return {number, workers_}; }
  Options OptionsOf(unsigned number) const;
  MemoryPlan MemoryOf(unsigned number) const;

 private:
  WorkerPlan(const Options& options, unsigned workers) : options_(options), workers_(workers) {}

  std::size_t Part(std::size_t whole, unsigned number) const;
  Result<void, std::string> PlanMemory();

  Options options_;
  unsigned workers_;
  MemoryPlan memory_;  // of all
  std::string warning_;
};

}  // namespace tcpcopy
