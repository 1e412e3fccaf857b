#pragma once

#include <sys/socket.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "netstack/base/bytes.h"
#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/uring/ring.h"
#include "src/runtime/clock.h"
#include "src/runtime/driver.h"

namespace tcpcopy {

/// Who wants to know how the operations that it queued ended.
class CompletionHandler {
 public:
  /// Called from `UringDriver::Wait`. `token` is the one given with the operation; `result` is that
  /// of the system call, or a negated errno.
  virtual void OnCompletion(std::uint32_t token, int result) = 0;

 protected:
  ~CompletionHandler() = default;
};

/// Waits through io_uring: one system call submits the queued sends and polls and waits for what
/// happens. Of the thread that waits first, see Ring.
class UringDriver final : public Driver {
 public:
  /// Names a completion handler of this driver.
  using HandlerId = std::uint8_t;

  static constexpr unsigned kDefaultEntries = 256;

  /// `clock` is not owned and must outlive the driver. `entries`: see `Ring::Create`.
  static Result<std::unique_ptr<UringDriver>, IoError> Create(const Clock& clock,
                                                              unsigned entries = kDefaultEntries);

  /// A descriptor that cannot be polled is reported readable once, and its handler then meets the
  /// error by reading.
  void Watch(int fd, ReadableHandler& handler) override;
  void Unwatch(int fd) override;
  void WatchWritable(int fd, WritableHandler& handler) override;
  void UnwatchWritable(int fd) override;
  void Wait(Instant until) override;

  /// `handler` is not owned and stays until `RemoveHandler`. At most 200 in the driver's life.
  HandlerId AddHandler(CompletionHandler& handler);
  /// Completions that come later are dropped.
  void RemoveHandler(HandlerId id);

  /// See Ring.
  RingFile RegisterFile(int fd) { return ring_->RegisterFile(fd); }
  void ForgetFile(RingFile file) { ring_->ForgetFile(file); }

  /// Queues a `sendmsg` on `file`, submitted by the next `Wait` at the latest. `message` and all it
  /// points to stay as they are until the handler hears of `token`. False: not queued, because the
  /// kernel takes nothing at the moment. `flags` are those of sendmsg(2).
  bool QueueSendTo(HandlerId id, std::uint32_t token, RingFile file, const msghdr& message,
                   unsigned flags = 0);
  /// The same for `bytes` on a socket that knows to whom. The kernel copies no message header,
  /// which saves a tenth of what a packet costs at the link layer.
  bool QueueSend(HandlerId id, std::uint32_t token, RingFile file, ConstBytes bytes);
  /// Queues the cancelling of an operation; it still completes.
  void QueueCancel(HandlerId id, std::uint32_t token);

 private:
  struct WatchedFd {
    int fd = -1;                          // -1: this place is free
    ReadableHandler* readable = nullptr;  // of these two the one that is watched for
    WritableHandler* writable = nullptr;
    std::uint32_t generation = 0;  // tells a late completion for a former watching of this place
    bool armed = false;
  };

  UringDriver(const Clock& clock, std::unique_ptr<Ring> ring);

  using Place = std::vector<WatchedFd>::iterator;

  void AddWatched(int fd, ReadableHandler* readable, WritableHandler* writable);
  /// Frees a place; a poll in flight for it is cancelled.
  void Remove(Place place);
  void Arm();
  void Dispatch(const Completion& completion);
  void OnPolled(const Completion& completion);

  const Clock& clock_;
  std::unique_ptr<Ring> ring_;
  std::vector<WatchedFd> watched_;     // as many as there were descriptors at once
  std::vector<std::uint32_t> to_arm_;  // places in `watched_`, each at most once
  std::vector<CompletionHandler*> handlers_;
};

}  // namespace tcpcopy
