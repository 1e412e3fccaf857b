#pragma once

#include <functional>
#include <memory>
#include <string>

#include "src/app/intercept/catcher.h"
#include "src/intercept/address_rewrite.h"
#include "src/io/nfqueue/queue_rule.h"
#include "src/io/nfqueue/queue_source.h"
#include "src/io/packet_pump.h"

namespace tcpcopy {

/// Catches replies by taking them out of the traffic: on the target as they leave, on an assistant
/// host as they arrive. As long as no target is known, nothing is taken.
class QueueCatcher final : public Catcher {
 public:
  /// Takes one line for the user.
  using Log = std::function<void(const std::string&)>;

  /// Opens the queue and sets the rule, for no targets yet. `loop`, `clock` and `handler` are not
  /// owned. The error is one line.
  static Result<std::unique_ptr<QueueCatcher>, std::string> Create(
      EventLoop& loop, const Clock& clock, PacketHandler& handler, QueueSource::Options queue,
      std::vector<AddressRewrite> rewrites, Log log);

  Result<void, std::string> Catch(const Wanted& wanted) override;
  /// Looks every ten seconds whether the rule is still there.
  void OnSecond() override;
  CaptureStats Stats() const override { return source_->Stats(); }
  std::string Description() const override;

 private:
  QueueCatcher(EventLoop& loop, PacketHandler& handler, std::unique_ptr<QueueSource> source,
               std::unique_ptr<QueueRule> rule, std::uint16_t number,
               std::vector<AddressRewrite> rewrites, Log log);

  const std::unique_ptr<QueueSource> source_;
  const std::unique_ptr<QueueRule> rule_;  // goes first: what it queues has to be judged
  const std::uint16_t number_;
  const std::vector<AddressRewrite> rewrites_;
  const Log log_;
  std::vector<Endpoint> targets_;  // as the rule has them
  std::uint32_t snapshot_;
  int seconds_ = 0;  // since the rule was looked at
  PacketPump pump_;
};

}  // namespace tcpcopy
