#pragma once

#include <memory>

#include "netstack/base/result.h"
#include "netstack/wire/endpoint.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Who takes the connections of a listening socket.
class ConnectionHandler {
 public:
  /// Called from the loop's ready queue. The descriptor does not block.
  virtual void OnConnection(UniqueFd fd, const Endpoint& from) = 0;

 protected:
  ~ConnectionHandler() = default;
};

/// A TCP port that is listened on, on the event loop.
class ListeningSocket final : private ReadableHandler, private Runnable, private Timer {
 public:
  /// `loop` and `handler` are not owned and must outlive it. Port 0: any free one.
  static Result<std::unique_ptr<ListeningSocket>, IoError> Create(EventLoop& loop,
                                                                  const Endpoint& at,
                                                                  ConnectionHandler& handler);
  ListeningSocket(const ListeningSocket&) = delete;
  ListeningSocket& operator=(const ListeningSocket&) = delete;
  ~ListeningSocket();

  /// Where it listens, with the port that the kernel chose.
  const Endpoint& at() const { return at_; }

 private:
  ListeningSocket(EventLoop& loop, UniqueFd fd, const Endpoint& at, ConnectionHandler& handler);

  void OnReadable() override { loop_.Post(*this); }
  void Run() override;
  void OnTimer() override;

  EventLoop& loop_;
  const UniqueFd fd_;
  const Endpoint at_;
  ConnectionHandler& handler_;
};

}  // namespace tcpcopy
