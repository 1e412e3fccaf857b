#pragma once

#include <signal.h>

#include <functional>
#include <memory>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"
#include "src/runtime/driver.h"

namespace tcpcopy {

/// SIGINT, SIGTERM, SIGHUP and SIGUSR1 as events of the loop: while it lives they interrupt
/// nothing. One a process. Threads made meanwhile inherit the blocked signals; so do programs that
/// are started, so restore their mask there.
class SignalSource final : public ReadableHandler {
 public:
  /// Called from `Driver::Wait` with the signal's number.
  using Callback = std::function<void(int signal)>;

  /// `driver` is not owned and must outlive it.
  static Result<std::unique_ptr<SignalSource>, IoError> Create(Driver& driver, Callback callback);

  SignalSource(const SignalSource&) = delete;
  SignalSource& operator=(const SignalSource&) = delete;
  /// Restores what the signals did before.
  ~SignalSource();

 private:
  SignalSource(Driver& driver, Callback callback, UniqueFd fd, const sigset_t& former);

  void OnReadable() override;

  Driver& driver_;
  const Callback callback_;
  const UniqueFd fd_;
  const sigset_t former_;
};

}  // namespace tcpcopy
