#include "src/app/captured_replies.h"

#include <fmt/format.h>

#include <utility>

#include "src/app/capture_filters.h"
#include "src/io/host/route.h"

namespace tcpcopy {

CapturedReplies::Opening CapturedReplies::BeginToOpen(const TargetMap& targets, Transport transport,
                                                      const PortClass& ports) {
  const auto open = [filter = ReplyFilter(targets, transport, ports)] {
    return LiveCapture::Open(LiveOptions::ForReplies("any", filter));
  };
  // Where there can be no thread it is opened when it is asked for.
  return std::async(std::launch::async | std::launch::deferred, open);
}

Result<std::unique_ptr<CapturedReplies>, SourceError> CapturedReplies::Open(
    EventLoop& loop, Opening opening, const TargetMap& targets, bool for_others, Events events) {
  auto capture = opening.get();
  if (!capture) return Err(capture.error());
  std::set<IpAddress> watched;
  for (const Mapping& mapping : targets.mappings()) {
    if (for_others) watched.insert(mapping.target.address);
  }
  return std::unique_ptr<CapturedReplies>(
      new CapturedReplies(loop, std::move(*capture), std::move(watched), std::move(events)));
}

CapturedReplies::CapturedReplies(EventLoop& loop, std::unique_ptr<LiveCapture> capture,
                                 std::set<IpAddress> watched, Events events)
    : loop_(loop),
      capture_(std::move(capture)),
      watched_(std::move(watched)),
      events_(std::move(events)) {}

void CapturedReplies::Start(ReplayEngine& engine) {
  PacketPump::Events events;
  events.on_error = [this](const std::string& message) {
    events_.on_lost("replies can no longer be captured: " + message);
  };
  pump_.emplace(loop_, *capture_, engine.target_side(), std::move(events));
  pump_->Start();
  OnSecond();
  events_.on_ready();
}

void CapturedReplies::Stop() {
  pump_.reset();
  promiscuous_.clear();
}

void CapturedReplies::OnSecond() {
  std::map<std::uint32_t, PromiscuousMode> wanted;
  for (const IpAddress& target : watched_) {
    const auto route = RouteTo(target);
    if (!route || route->local || wanted.contains(route->interface_index)) continue;
    if (auto node = promiscuous_.extract(route->interface_index)) {
      wanted.insert(std::move(node));
      continue;
    }
    auto mode = PromiscuousMode::Of(route->interface_index);
    if (!mode) {
      if (!std::exchange(refused_, true)) events_.warn(mode.error().message);
      continue;
    }
    wanted.emplace(route->interface_index, std::move(*mode));
    events_.log(fmt::format("replies to other hosts are looked for on {}, the way to {}",
                            route->interface, target.ToString()));
  }
  promiscuous_ = std::move(wanted);  // what is no way any more ends here
}

}  // namespace tcpcopy
