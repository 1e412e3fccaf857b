#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/app/options.h"
#include "src/app/paced_captures.h"
#include "src/app/start_error.h"
#include "src/io/packet_pump.h"
#include "src/io/pcap/live_capture.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Where the clients' packets come in: from interfaces, or from capture files.
class ClientIntake {
 public:
  struct Events {
    /// A source cannot go on, or one of the files; one line for the user.
    std::function<void(const std::string& why)> on_error;
    /// Nothing more comes from any source.
    std::function<void()> on_end;
    /// Whether files may be read further; whoever makes it true calls `Wake`, or posts `reader`.
    std::function<bool()> may_read;
    /// Files are at their end, and would be read again; false: they are not, and that was the end.
    std::function<bool()> on_round_end;
  };

  /// `options` are not owned.
  explicit ClientIntake(const Options& options) : options_(options) {}
  ClientIntake(const ClientIntake&) = delete;
  ClientIntake& operator=(const ClientIntake&) = delete;

  Result<void, StartError> OpenFiles();
  /// From now on packets are kept for us.
  Result<void, StartError> OpenInterfaces();
  /// `Start` will open them again. Who has to wait first should not let their buffers fill.
  void CloseInterfaces() { captures_.clear(); }

  /// Hands packets to `clients` from now on. `loop` and `clients` are not owned.
  void Start(EventLoop& loop, PacketHandler& clients, Events events);
  void Stop();
  /// To be called each second: an interface that disappeared shows only when it is read.
  void Wake();
  /// Of files that were started; nullptr otherwise.
  Runnable* reader() { return files_ ? pumps_.front().get() : nullptr; }

  bool started() const { return loop_ != nullptr; }
  /// Whether it was started, and nothing more will come.
  bool over() const;
  /// Of interfaces.
  CaptureStats stats() const;
  /// Of files that were started; nullptr otherwise.
  const PacedCaptures* files() const { return files_.get(); }

 private:
  void Pump(PacketSource& source, PacketHandler& clients);

  const Options& options_;
  Events events_;
  std::unique_ptr<MergedCaptures> opened_files_;  // until the start
  std::unique_ptr<PacedCaptures> files_;
  std::vector<std::unique_ptr<LiveCapture>> captures_;
  std::vector<std::unique_ptr<PacketPump>> pumps_;
  EventLoop* loop_ = nullptr;
};

}  // namespace tcpcopy
