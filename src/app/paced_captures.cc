#include "src/app/paced_captures.h"

namespace tcpcopy {

Result<PacketSource::Status, SourceError> PacedCaptures::Drain(PacketHandler& handler,
                                                               std::size_t limit) {
  for (std::size_t i = 0; i < limit; ++i) {
    if (!next_) ReadAhead();
    if (!next_) return Status::kEnd;
    if (next_due_ > loop_.Now()) return Status::kIdle;
    handler.OnPacket(*next_);
    next_.reset();
    next_due_ = kNever;
  }
  return Status::kMore;
}

void PacedCaptures::ReadAhead() {
  auto packet = captures_->Next();
  for (; !packet; packet = captures_->Next()) on_damage_(packet.error().message);
  if (!*packet) return;
  next_ = **packet;
  if (!pacing_) pacing_.emplace(settings_, loop_.Now());
  next_due_ = pacing_->Due(next_->captured_at);
}

}  // namespace tcpcopy
