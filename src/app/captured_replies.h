#pragma once

#include <memory>
#include <optional>

#include "src/app/reply_intake.h"
#include "src/io/packet_pump.h"
#include "src/io/pcap/live_capture.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Replies that are captured on this host, whichever interface they come by.
class CapturedReplies final : public ReplyIntake {
 public:
  /// `loop` is not owned. `filter`: pcap-filter(7).
  static Result<std::unique_ptr<CapturedReplies>, SourceError> Open(EventLoop& loop,
                                                                    std::string filter,
                                                                    Events events);

  ReplyPath* path() override { return nullptr; }
  void Start(Dispatcher& dispatcher) override;
  void Stop() override;
  void OnSecond() override {}
  Stats stats() const override { return {.capture = capture_->Stats()}; }

 private:
  CapturedReplies(EventLoop& loop, std::unique_ptr<LiveCapture> capture, Events events);

  EventLoop& loop_;
  const std::unique_ptr<LiveCapture> capture_;
  const Events events_;
  std::optional<PacketPump> pump_;
};

}  // namespace tcpcopy
