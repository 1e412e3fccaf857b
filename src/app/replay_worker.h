#pragma once

#include <functional>
#include <memory>
#include <string>

#include "netstack/base/block_pool.h"
#include "netstack/base/result.h"
#include "netstack/tcp/isn_generator.h"
#include "src/app/address_plan.h"
#include "src/app/captured_replies.h"
#include "src/app/client_intake.h"
#include "src/app/figures.h"
#include "src/app/memory_plan.h"
#include "src/app/options/options.h"
#include "src/app/outlet.h"
#include "src/app/reply_intake.h"
#include "src/app/start_error.h"
#include "src/io/host/host_addresses.h"
#include "src/io/mailbox.h"
#include "src/io/uring/uring_driver.h"
#include "src/io/uring/uring_sink.h"
#include "src/replay/port_class.h"
#include "src/replay/replay_engine.h"
#include "src/replay/replay_policy.h"
#include "src/runtime/call.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// One thread of a replay, and all that is its own: captures, ring, sockets, sessions, ports,
/// ledger. It shares nothing with others but the program's log, and talks with who controls it by
/// messages. Used once: made and prepared by one thread, run by another.
class ReplayWorker {
 public:
  /// Called by the worker's thread.
  struct Events {
    std::function<void()> on_ready;      // it waits for `Begin`
    std::function<void()> on_round_end;  // it waits for `DecideRound`
    std::function<void()> on_input_end;  // nothing more comes from files
    /// Files cannot go on; one line for the user, as in the others.
    std::function<void(const std::string& why)> on_input_error;
    std::function<void(const std::string& line)> on_first_cut;  // a packet was captured cut
    std::function<void(const std::string& why)> on_replies_lost;
    std::function<void(const std::string& line)> log;
    std::function<void(const std::string& line)> warn;
    /// `Run` is about to return; nothing else is called after it.
    std::function<void(const Figures& last)> on_end;
  };

  /// What is this worker's part.
  struct Part {
    Options options;
    PortClass ports;
    MemoryPlan memory;
  };

  ReplayWorker(Part part, Events events);
  ReplayWorker(const ReplayWorker&) = delete;
  ReplayWorker& operator=(const ReplayWorker&) = delete;
  ~ReplayWorker();

  // Before `Run`, in this order.
  Result<void, StartError> OpenFiles();
  void BeginToOpenReplies();
  Result<void, StartError> OpenInterfaces();
  /// Before `Run`: where clients come in.
  ClientIntake& clients() { return clients_; }
  /// `host`: as the addresses are planned; but for `own`, which each worker has itself.
  void PlanAddresses(AddressPlan::Host host);
  Result<void, StartError> PrepareEngine();
  Result<void, StartError> PrepareReplies();

  /// Once prepared; the same for all workers.
  const std::string& sending() const { return outlet_->description(); }
  const AddressPlan& addresses() const { return *addresses_; }

  /// Replays until the input, or who controls it, ends it.
  void Run();

  /// From any thread, until `on_end`: has the worker's own call a function.
  void Post(std::function<void(ReplayWorker&)> call);

  // By the worker's own thread.
  /// Takes in what clients send; `on_ready` was called.
  void Begin();
  /// Whether files are read once more; `on_round_end` was called.
  void DecideRound(bool another);
  /// No more sessions; ends when those that there are have ended.
  void StopOpening();
  /// Resets what is left and ends soon after that; the second time at once.
  void EndAll();
  void SetOverCpuLimit(bool over) { engine_->SetOverCpuLimit(over); }
  Figures figures() const;

 private:
  /// Where it stands on its way out.
  enum class Phase { kRunning, kDraining, kResetting };

  void MakeEngine();
  void OnRepliesReady();
  std::string CutLine(const CapturedPacket& packet) const;
  void CheckFinished();
  void OnSecond();

  const Part part_;
  const Options& options_;  // `part_`'s
  const Events events_;
  ReplayPolicy policy_;
  MonotonicClock clock_;
  HostAddresses own_addresses_;
  std::unique_ptr<UringDriver> driver_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<Mailbox> mailbox_;
  std::unique_ptr<Outlet> outlet_;
  std::unique_ptr<UringSink> sink_;
  std::unique_ptr<AddressPlan> addresses_;
  CapturedReplies::Opening opening_;  // where replies are captured here, until that is prepared
  std::unique_ptr<ReplyIntake> replies_;
  /// With intercepts: those to this host's own addresses, which come here by themselves.
  std::unique_ptr<ReplyIntake> own_replies_;
  std::unique_ptr<BlockPool> blocks_;
  std::unique_ptr<IsnGenerator> isn_;
  Ledger ledger_;
  std::unique_ptr<ReplayEngine> engine_;
  ClientIntake clients_;
  CallTimer patience_timer_;
  CallTimer second_timer_;
  CallRunnable idle_listener_;
  Phase phase_ = Phase::kRunning;
  bool ready_ = false;
};

}  // namespace tcpcopy
