#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/block_pool.h"
#include "netstack/tcp/isn_generator.h"
#include "src/app/address_plan.h"
#include "src/app/client_intake.h"
#include "src/app/console.h"
#include "src/app/cpu_watch.h"
#include "src/app/memory_plan.h"
#include "src/app/options/options.h"
#include "src/app/outlet.h"
#include "src/app/progress.h"
#include "src/app/reply_intake.h"
#include "src/app/report.h"
#include "src/app/service/service.h"
#include "src/app/start_error.h"
#include "src/app/statistics_line.h"
#include "src/io/host/host_addresses.h"
#include "src/io/nftables/guard.h"
#include "src/io/signals.h"
#include "src/io/uring/uring_driver.h"
#include "src/io/uring/uring_sink.h"
#include "src/replay/replay_engine.h"
#include "src/replay/replay_policy.h"
#include "src/runtime/call.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// One run of the program: everything wired together, from the first packet to the ledger. Used
/// once.
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

  Result<void, StartError> PlanMemory();
  Result<void, StartError> CheckInput();
  Result<void, StartError> CheckCapabilities();
  Result<void, StartError> PrepareInterfaces();
  Result<void, StartError> PrepareAddresses();
  Result<void, StartError> PrepareEngine();
  Result<void, StartError> PrepareGuard();
  Result<void, StartError> PrepareReplies();
  void PrepareReplay();
  void PrepareProgress();
  void LogWays() const;

  void OnSignal(int signal);
  void OnFirstCut(const CapturedPacket& packet);
  bool OnRoundEnd();
  void OnInputEnd();
  void OnInputError(const std::string& message);
  void OnRepliesReady();
  void OnRepliesLost(const std::string& why);
  void BeginDrain(Duration patience);
  void EndAll();
  void CheckFinished();
  void OnSecond();
  void CheckMemory();
  void PrintLedger(Moment moment);
  void LogStatistics();
  void WriteSummary();
  ReportInput Snapshot() const;

  const Options options_;
  Service& service_;
  ReplayPolicy policy_;
  MemoryPlan memory_;
  MonotonicClock clock_;
  HostAddresses own_addresses_;
  std::unique_ptr<UringDriver> driver_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Outlet> outlet_;
  std::unique_ptr<UringSink> sink_;
  std::unique_ptr<AddressPlan> addresses_;
  std::unique_ptr<Guard> guard_;
  std::unique_ptr<ReplyIntake> replies_;
  /// With intercepts: those to this host's own addresses, which come here by themselves.
  std::unique_ptr<ReplyIntake> own_replies_;
  std::unique_ptr<SignalSource> signals_;
  std::unique_ptr<BlockPool> blocks_;
  std::unique_ptr<IsnGenerator> isn_;
  Ledger ledger_;
  std::unique_ptr<ReplayEngine> engine_;
  ClientIntake clients_;
  // One of the two.
  std::unique_ptr<Progress> progress_;
  std::unique_ptr<StatisticsLine> statistics_;
  std::unique_ptr<CpuWatch> cpu_;  // with --cpu-limit
  CallTimer drain_timer_;
  CallTimer second_timer_;
  CallRunnable idle_listener_;
  Phase phase_ = Phase::kRunning;
  Instant started_{};
  int exit_code_ = 0;
  std::uint64_t replayable_before_ = 0;  // sessions, in the rounds before this one
};

}  // namespace tcpcopy
