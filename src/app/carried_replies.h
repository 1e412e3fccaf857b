#pragma once

#include <string>

#include "src/app/options/channel_options.h"
#include "src/app/reply_intake.h"
#include "src/io/intercept/reply_channels.h"
#include "src/replay/target_map.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Replies that intercepts carry here: says who of them is there, ends the sessions of one that is
/// gone, and gives up when none could be reached for too long.
class CarriedReplies final : public ReplyIntake, private PacketHandler, private Timer {
 public:
  /// `loop` is not owned. `at_once`: with `wait_for_ever`, be ready before any intercept is.
  CarriedReplies(EventLoop& loop, const ChannelOptions& options, const TargetMap& targets,
                 bool at_once, Events events, std::uint64_t seed);

  ReplyPath* path() override { return &channels_; }
  bool available() const override { return channels_.up() > 0; }
  /// The engine must have carriers.
  void Start(ReplayEngine& engine) override;
  void Stop() override;
  void OnSecond() override;
  Stats stats() const override;

 private:
  void OnPacket(const CapturedPacket& packet) override;
  void OnTimer() override;
  void OnUp(ReplyPath::Carrier carrier);
  void OnDown(ReplyPath::Carrier carrier, const std::string& why);

  EventLoop& loop_;
  const ChannelOptions options_;
  const bool at_once_;
  const Events events_;
  unsigned seconds_ = 0;
  ReplayEngine* engine_ = nullptr;
  ReplyChannels channels_;
};

}  // namespace tcpcopy
