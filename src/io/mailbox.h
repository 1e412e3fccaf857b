#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// The way into a loop for other threads: what they post is run by the loop, in the order of
/// posting. Nothing is lost and nobody waits, so those who post keep the number of their messages
/// bounded: each waits for an answer, or tells of something that happens once or once a second.
class Mailbox final : private ReadableHandler, private Runnable {
 public:
  /// `loop` is not owned and must outlive it.
  static Result<std::unique_ptr<Mailbox>, IoError> Create(EventLoop& loop);
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;
  /// Messages that were not run are dropped. No other thread may post any more.
  ~Mailbox();

  /// From any thread, this loop's own as well. `message` must not be empty.
  void Post(std::function<void()> message);

 private:
  Mailbox(EventLoop& loop, UniqueFd fd);

  void OnReadable() override;
  void Run() override;

  EventLoop& loop_;
  const UniqueFd fd_;  // an eventfd; readable while messages wait
  std::mutex mutex_;
  std::vector<std::function<void()>> messages_;
};

}  // namespace tcpcopy
