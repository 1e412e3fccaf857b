#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "src/io/packet_source.h"
#include "src/io/pcap/merged_captures.h"
#include "src/replay/pacing.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Capture files as a source that gives each packet when it is due. A file that turns out to be
/// damaged is told of, and the others go on.
class PacedCaptures final : public PacketSource {
 public:
  using OnDamage = std::function<void(const std::string& why)>;

  /// `loop` is not owned.
  PacedCaptures(std::unique_ptr<MergedCaptures> captures, Pacing::Settings settings,
                OnDamage on_damage, const EventLoop& loop)
      : captures_(std::move(captures)),
        settings_(settings),
        on_damage_(std::move(on_damage)),
        loop_(loop) {}

  Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) override;
  Instant NextDue() const override { return next_due_; }

  const MergedCaptures& captures() const { return *captures_; }

 private:
  /// Makes the next packet known, if there is one.
  void ReadAhead();

  const std::unique_ptr<MergedCaptures> captures_;
  const Pacing::Settings settings_;
  const OnDamage on_damage_;
  std::optional<Pacing> pacing_;  // from the first reading on
  const EventLoop& loop_;
  std::optional<CapturedPacket> next_;  // read, not yet due
  Instant next_due_ = kNever;
};

}  // namespace tcpcopy
