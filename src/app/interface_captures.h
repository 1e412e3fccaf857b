#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/packet_pump.h"
#include "src/io/pcap/live_capture.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Packets of interfaces. One that disappears while it is captured is told of, and captured again
/// when it is back.
class InterfaceCaptures {
 public:
  /// Each takes one line for the user.
  struct Events {
    std::function<void(const std::string&)> warn;
    std::function<void(const std::string&)> log;
  };

  InterfaceCaptures() = default;
  InterfaceCaptures(const InterfaceCaptures&) = delete;
  InterfaceCaptures& operator=(const InterfaceCaptures&) = delete;

  /// From now on packets are kept for us; one interface in each of `wanted`. The error is of the
  /// first that could not be captured.
  Result<void, SourceError> Open(std::vector<LiveOptions> wanted);
  /// Keeps nothing until `Reopen` or `Start`.
  void Close();
  /// Opens what can be opened of those that are closed.
  void Reopen();

  /// Hands packets to `handler` from now on. `loop` and `handler` are not owned.
  void Start(EventLoop& loop, PacketHandler& handler, Events events);
  void Stop();
  /// To be called each second after the start.
  void OnSecond();

  /// Of those that are open, in the order of `Open`.
  std::vector<int> Sockets() const;
  /// Of all captures since the first was opened.
  CaptureStats stats() const;

 private:
  struct Place {
    LiveOptions wanted;
    std::unique_ptr<LiveCapture> capture;  // none: closed, or lost
    std::unique_ptr<PacketPump> pump;      // once started
  };

  static Result<void, SourceError> Open(Place& place);
  void Close(Place& place);
  void Start(Place& place);
  void OnLost(const std::string& why);

  std::vector<Place> places_;
  CaptureStats closed_;  // of captures that are no more
  EventLoop* loop_ = nullptr;
  PacketHandler* handler_ = nullptr;
  Events events_;
};

}  // namespace tcpcopy
