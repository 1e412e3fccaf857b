#pragma once

#include <memory>
#include <string>

#include "src/app/address_plan.h"
#include "src/app/console.h"
#include "src/app/cpu_watch.h"
#include "src/app/options/options.h"
#include "src/app/progress.h"
#include "src/app/report.h"
#include "src/app/service/service.h"
#include "src/app/start_error.h"
#include "src/app/statistics_line.h"
#include "src/app/worker_plan.h"
#include "src/app/workers.h"
#include "src/io/host/host_addresses.h"
#include "src/io/mailbox.h"
#include "src/io/nftables/guard.h"
#include "src/io/signals.h"
#include "src/io/uring/uring_driver.h"
#include "src/runtime/call.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// One run of the program, from the first packet to the ledger: controls the workers that replay,
/// in a loop of its own, and has what there is one of in a process. Used once.
class ReplayRun {
 public:
  /// `service`, not owned, hears when nothing that clients send from now on is missed, and nothing
  /// can fail to start.
  ReplayRun(const Options& options, Service& service);
  ReplayRun(const ReplayRun&) = delete;
  ReplayRun& operator=(const ReplayRun&) = delete;
  ~ReplayRun();

  /// Takes all that is needed from the kernel. Nothing is sent yet.
  Result<void, StartError> Prepare();
  /// Instead of both: what the run would do, for the user.
  Result<std::string, StartError> Describe();
  /// Replays until the input or the user ends it; prints the ledger. Returns the exit code.
  int Run();

 private:
  /// Where the run stands on its way out.
  enum class Phase { kRunning, kDraining, kResetting };

  Result<void, StartError> PlanWorkers();
  Result<void, StartError> CheckInput();
  Result<void, StartError> CheckCapabilities();
  Result<void, StartError> OpenCaptures();
  Result<AddressPlan::Host, StartError> LookAtHost();
  Result<void, StartError> PrepareAddresses();
  Result<void, StartError> PrepareWorkers();
  Result<void, StartError> PrepareGuard();
  Result<void, StartError> PrepareLoop();
  Workers::Events EventsOfWorkers();
  void PrepareProgress();
  void LogWays() const;

  void OnReady();
  void OnSignal(int signal);
  void OnRoundEnd();
  void OnInputEnd();
  void OnInputError(const std::string& message);
  void OnRepliesLost(const std::string& why);
  void BeginDrain();
  void EndAll();
  void OnSecond();
  void CheckMemory(const Ledger& ledger);
  void PrintLedger(Moment moment);
  void LogStatistics();
  void WriteSummary();
  ReportInput Report(const Figures& now) const;
  Figures Now() const { return Figures::SumOf(workers_->figures()); }

  const Options options_;
  Service& service_;
  MonotonicClock clock_;
  HostAddresses own_addresses_;
  std::unique_ptr<UringDriver> driver_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<SignalSource> signals_;
  std::unique_ptr<Workers> workers_;
  // One of the two.
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<StatisticsLine> statistics_;
  std::unique_ptr<CpuWatch> cpu_;  // with --cpu-limit
  CallTimer drain_timer_;
  CallTimer second_timer_;
  Phase phase_ = Phase::kRunning;
  Instant started_{};
  int exit_code_ = 0;
  std::uint64_t replayable_before_ = 0;  // sessions, in the rounds before this one
};

}  // namespace tcpcopy
