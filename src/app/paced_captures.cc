#include "src/app/paced_captures.h"

#include <algorithm>
#include <utility>

namespace tcpcopy {

Result<PacketSource::Status, SourceError> PacedCaptures::Drain(PacketHandler& handler,
                                                               std::size_t limit) {
  for (std::size_t i = 0; i < limit; ++i) {
    if (!next_) ReadAhead();
    starved_ = !next_ && captures_->waiting();
    if (starved_) return Status::kIdle;
    if (!next_) return NextRound();
    if (next_due_ > loop_.Now()) return Status::kIdle;
    handler.OnPacket(*next_);
    next_.reset();
    next_due_ = kNever;
  }
  return Status::kMore;
}

void PacedCaptures::ReadAhead() {
  auto packet = captures_->Next();
  for (; !packet; packet = captures_->Next()) {
    const std::string& why = packet.error().message;
    // A file that is replaced may be damaged in more than one way, but not without end.
    if (told_.size() < MergedCaptures::kMaxFiles && told_.insert(why).second) {
      events_.on_damage(why);
    }
  }
  if (!*packet) return;
  next_ = **packet;
  if (!pacing_) pacing_.emplace(settings_.pacing, loop_.Now());
  next_due_ = pacing_->Due(next_->captured_at);
  if (std::exchange(starved_, false)) there_since_ = loop_.Now();
  next_->due = std::max(next_due_, there_since_);
}

Result<PacketSource::Status, SourceError> PacedCaptures::NextRound() {
  if (round_ == settings_.rounds) return Status::kEnd;
  if (!std::exchange(asked_, true)) another_ = events_.on_round_end();
  if (!another_) return Status::kIdle;
  if (!*another_) return Status::kEnd;
  asked_ = false;
  another_.reset();
  auto captures = MergedCaptures::Open(settings_.paths, settings_.filter);
  if (!captures) return Err(std::move(captures.error()));
  captures_ = std::move(*captures);
  ++round_;
  if (pacing_) pacing_->BeginRound();
  return Status::kMore;  // the loop turns once in each round
}

}  // namespace tcpcopy
