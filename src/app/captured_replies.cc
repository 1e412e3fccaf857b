#include "src/app/captured_replies.h"

#include <utility>

namespace tcpcopy {

Result<std::unique_ptr<CapturedReplies>, SourceError> CapturedReplies::Open(EventLoop& loop,
                                                                            std::string filter,
                                                                            Events events) {
  auto capture = LiveCapture::Open(LiveOptions::ForReplies("any", std::move(filter)));
  if (!capture) return Err(capture.error());
  return std::unique_ptr<CapturedReplies>(
      new CapturedReplies(loop, std::move(*capture), std::move(events)));
}

CapturedReplies::CapturedReplies(EventLoop& loop, std::unique_ptr<LiveCapture> capture,
                                 Events events)
    : loop_(loop), capture_(std::move(capture)), events_(std::move(events)) {}

void CapturedReplies::Start(Dispatcher& dispatcher) {
  PacketPump::Events events;
  events.on_error = [this](const std::string& message) {
    events_.on_lost("replies can no longer be captured: " + message);
  };
  pump_.emplace(loop_, *capture_, dispatcher.target_side(), std::move(events));
  pump_->Start();
  events_.on_ready();
}

void CapturedReplies::Stop() { pump_.reset(); }

}  // namespace tcpcopy
