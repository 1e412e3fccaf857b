#include "src/app/paced_file.h"

namespace tcpcopy {

Result<PacketSource::Status, SourceError> PacedFile::Drain(PacketHandler& handler,
                                                           std::size_t limit) {
  for (std::size_t i = 0; i < limit; ++i) {
    if (!next_) {
      auto packet = file_->Next();
      if (!packet) return Err(packet.error());
      if (!*packet) return Status::kEnd;
      next_ = **packet;
      if (!pacing_) pacing_.emplace(settings_, loop_.Now());
      next_due_ = pacing_->Due(next_->captured_at);
    }
    if (next_due_ > loop_.Now()) return Status::kIdle;
    handler.OnPacket(*next_);
    next_.reset();
    next_due_ = kNever;
  }
  return Status::kMore;
}

}  // namespace tcpcopy
