#include "src/io/signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace tcpcopy {

Result<std::unique_ptr<SignalSource>, IoError> SignalSource::Create(Driver& driver,
                                                                    Callback callback) {
  sigset_t watched;
  sigemptyset(&watched);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1}) sigaddset(&watched, signal);
  UniqueFd fd(::signalfd(-1, &watched, SFD_NONBLOCK | SFD_CLOEXEC));
  if (!fd) return Err(SystemError("cannot wait for signals", errno));
  sigset_t former;
  const int error = ::pthread_sigmask(SIG_BLOCK, &watched, &former);
  if (error != 0) return Err(SystemError("cannot wait for signals", error));
  return std::unique_ptr<SignalSource>(
      new SignalSource(driver, std::move(callback), std::move(fd), former));
}

SignalSource::SignalSource(Driver& driver, Callback callback, UniqueFd fd, const sigset_t& former)
    : driver_(driver), callback_(std::move(callback)), fd_(std::move(fd)), former_(former) {
  driver_.Watch(fd_.get(), *this);
}

SignalSource::~SignalSource() {
  driver_.Unwatch(fd_.get());
  ::pthread_sigmask(SIG_SETMASK, &former_, nullptr);
}

void SignalSource::OnReadable() {
  signalfd_siginfo info{};
  while (::read(fd_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    callback_(static_cast<int>(info.ssi_signo));
  }
}

}  // namespace tcpcopy
