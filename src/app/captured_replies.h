#pragma once

#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>

#include "netstack/wire/transport.h"
#include "src/app/reply_intake.h"
#include "src/io/host/promiscuous_mode.h"
#include "src/io/packet_pump.h"
#include "src/io/pcap/live_capture.h"
#include "src/replay/port_class.h"
#include "src/replay/target_map.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Replies that are captured on this host, whichever interface they come by. Those for others may
/// be seen although they are not even addressed to this host: on the interfaces of the routes to
/// the targets, which are looked up again each second.
class CapturedReplies final : public ReplyIntake {
 public:
  /// A capture that is being opened. Whoever destroys it waits for its end.
  using Opening = std::future<Result<std::unique_ptr<LiveCapture>, SourceError>>;

  /// Begins to open the capture of replies to ports of a class, while the caller goes on: before it
  /// gives a socket its ring, the kernel waits until each CPU has come by once, 10 to 20 ms.
  static Opening BeginToOpen(const TargetMap& targets, Transport transport, const PortClass& ports);
  /// What was begun so. `loop` is not owned. `for_others`: not only those for this host's own
  /// addresses.
  static Result<std::unique_ptr<CapturedReplies>, SourceError> Open(EventLoop& loop,
                                                                    Opening opening,
                                                                    const TargetMap& targets,
                                                                    bool for_others, Events events);

  ReplyPath* path() override { return nullptr; }
  bool available() const override { return true; }
  void Start(ReplayEngine& engine) override;
  void Stop() override;
  void OnSecond() override;
  Stats stats() const override { return {.captured_here = capture_->Stats()}; }

 private:
  CapturedReplies(EventLoop& loop, std::unique_ptr<LiveCapture> capture,
                  std::set<IpAddress> watched, Events events);

  EventLoop& loop_;
  const std::unique_ptr<LiveCapture> capture_;
  const std::set<IpAddress> watched_;  // targets whose replies to others are looked for
  const Events events_;
  std::map<std::uint32_t, PromiscuousMode> promiscuous_;  // by interface
  bool refused_ = false;                                  // and said so
  std::optional<PacketPump> pump_;
};

}  // namespace tcpcopy
