#pragma once

#include <memory>
#include <optional>

#include "src/io/packet_source.h"
#include "src/io/pcap/capture_file.h"
#include "src/replay/pacing.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// A capture file as a source that gives each packet when it is due.
class PacedFile final : public PacketSource {
 public:
  /// `loop` is not owned.
  PacedFile(std::unique_ptr<CaptureFile> file, Pacing::Settings settings, const EventLoop& loop)
      : file_(std::move(file)), settings_(settings), loop_(loop) {}

  Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) override;
  Instant NextDue() const override { return next_due_; }

  const CaptureFile& file() const { return *file_; }

 private:
  const std::unique_ptr<CaptureFile> file_;
  const Pacing::Settings settings_;
  std::optional<Pacing> pacing_;  // from the first reading on
  const EventLoop& loop_;
  std::optional<CapturedPacket> next_;  // read, not yet due
  Instant next_due_ = kNever;
};

}  // namespace tcpcopy
