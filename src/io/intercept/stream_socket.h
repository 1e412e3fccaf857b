#pragma once

#include <cstdint>
#include <string>

#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/wire/endpoint.h"
#include "src/io/intercept/out_buffer.h"
#include "src/io/unique_fd.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Whose connection it is. Called from the loop's ready queue, `Connect` or `ReadNow`; may close
/// the socket, but not destroy it.
class StreamSocketHandler {
 public:
  virtual void OnConnected() = 0;
  virtual void OnBytes(ConstBytes bytes) = 0;
  /// The other side ended the connection, or it failed; it is closed by now.
  virtual void OnClosed(const std::string& why) = 0;

 protected:
  ~StreamSocketHandler() = default;
};

/// A TCP connection on the event loop that never blocks. What is put into `out` leaves at the end
/// of the loop's turn: one write for all that a turn has gathered, and no timer.
class StreamSocket final : private ReadableHandler, private WritableHandler {
 public:
  /// `loop` and `handler` are not owned and must outlive it. `out_limit`: bytes of `out`.
  StreamSocket(EventLoop& loop, StreamSocketHandler& handler, std::size_t out_limit);
  StreamSocket(const StreamSocket&) = delete;
  StreamSocket& operator=(const StreamSocket&) = delete;
  ~StreamSocket();

  /// Begins to connect; OnConnected or OnClosed follows, the latter perhaps at once.
  void Connect(const Endpoint& to);
  /// Takes over a connection.
  void Adopt(UniqueFd fd);

  /// It connects or is connected.
  bool open() const { return static_cast<bool>(fd_); }

  OutBuffer& out() { return out_; }
  /// Lets what is in `out` leave.
  void Flush();
  /// Writes what can be written at once, and closes without telling the handler.
  void Close();
  /// Reads what is there, for one who is about to give up waiting for it.
  void ReadNow() { Read(); }

  /// When something last came.
  Instant last_read() const { return last_read_; }
  /// Since when nothing could be written; kNever while there is nothing that waits.
  Instant stuck_since() const { return stuck_since_; }
  // Bytes, in all connections one after the other.
  std::uint64_t received() const { return received_; }
  std::uint64_t sent() const { return sent_; }

 private:
  struct Task final : Runnable {
    Task(StreamSocket& of, void (StreamSocket::*with)()) : socket(of), run(with) {}
    void Run() override { (socket.*run)(); }
    StreamSocket& socket;
    void (StreamSocket::*const run)();
  };

  void OnReadable() override { loop_.Post(read_task_); }
  void OnWritable() override { loop_.Post(write_task_); }

  void Begin(UniqueFd fd);
  void Read();
  void Write();
  void FinishConnecting();
  /// Sends until nothing waits or the kernel takes no more; an errno, or 0.
  int SendWaiting();
  void Fail(const std::string& why);

  EventLoop& loop_;
  StreamSocketHandler& handler_;
  UniqueFd fd_;
  OutBuffer out_;
  bool connecting_ = false;
  Instant last_read_{};
  Instant stuck_since_ = kNever;
  std::uint64_t received_ = 0;
  std::uint64_t sent_ = 0;
  Task read_task_{*this, &StreamSocket::Read};
  Task write_task_{*this, &StreamSocket::Write};
};

}  // namespace tcpcopy
