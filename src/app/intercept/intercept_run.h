#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "src/app/console.h"
#include "src/app/intercept/catcher.h"
#include "src/app/intercept/options.h"
#include "src/app/intercept/report.h"
#include "src/app/service/service.h"
#include "src/app/start_error.h"
#include "src/diagnosis/watcher.h"
#include "src/intercept/reply_relay.h"
#include "src/io/intercept/reply_listener.h"
#include "src/io/signals.h"
#include "src/io/uring/uring_driver.h"
#include "src/runtime/call.h"
#include "src/runtime/clock.h"

namespace tcpcopy {

/// One run of intercept: everything wired together. Used once.
class InterceptRun {
 public:
  /// `service` is not owned.
  InterceptRun(const InterceptOptions& options, Service& service);
  InterceptRun(const InterceptRun&) = delete;
  InterceptRun& operator=(const InterceptRun&) = delete;
  ~InterceptRun();

  /// Takes all that is needed from the kernel.
  Result<void, StartError> Prepare();
  /// Relays until the user ends it; prints its counters. Returns the exit code.
  int Run();

 private:
  Result<void, StartError> PrepareEngine();
  void PrepareRelay();
  Result<void, StartError> PrepareCatcher();
  Result<void, StartError> PrepareListener();
  std::string StartLine() const;

  void OnSignal(int signal);
  void OnWanted();
  void WarnOfEscapes();
  void OnSecond();
  InterceptReport Report() const;
  void LogStatistics();
  void PrintReport(Moment moment);

  const InterceptOptions options_;
  Service& service_;
  MonotonicClock clock_;
  Watcher watcher_{clock_};  // for a tcpcopy's doctor
  std::unique_ptr<UringDriver> driver_;
  std::unique_ptr<EventLoop> loop_;
  std::unique_ptr<SignalSource> signals_;
  std::unique_ptr<ReplyRelay> relay_;
  std::unique_ptr<Catcher> catcher_;
  std::unique_ptr<ReplyListener> listener_;
  CallTimer second_timer_;
  Instant next_line_{};
  std::uint64_t caught_before_ = 0;  // when the last statistics line was written
  bool warned_ = false;              // of replies that escape
  int exit_code_ = 0;
};

}  // namespace tcpcopy
