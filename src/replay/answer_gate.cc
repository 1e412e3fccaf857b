#include "src/replay/answer_gate.h"

#include <algorithm>

namespace tcpcopy {

void AnswerGate::OnReceived(std::uint64_t received, bool push, Instant now) {
  if (received == received_) return;
  received_ = received;
  push_ = push;
  longest_pause_ = std::max(longest_pause_, now - last_event_);
  last_event_ = now;
}

std::uint64_t AnswerGate::Expected(std::uint64_t answered) const {
  return answered > base_answered_ ? answered - base_answered_ : 0;
}

void AnswerGate::OnTurnSent(std::uint64_t answered, Instant now) {
  last_event_ = now;
  longest_pause_ = Duration{0};
  push_ = false;
  if (answered <= base_answered_) return;  // the turn before has grown: same question, same answer
  const std::uint64_t expected = Expected(answered);
  const std::uint64_t came = received_ - base_received_;
  const std::uint64_t missing = came < expected ? expected - came : 0;
  // Only a small difference (a header, a date, a version) is likely to repeat itself.
  shortfall_ = missing <= expected / 2 ? missing : 0;
  credit_ = missing == 0 ? credit_ + (came - expected) : credit_ - std::min(credit_, missing);
  base_answered_ = answered;
  base_received_ = received_;
}

bool AnswerGate::IsOpen(std::uint64_t answered, Instant now) const {
  const std::uint64_t expected = Expected(answered);
  const std::uint64_t came = received_ - base_received_;
  if (came >= expected) return true;
  // The same difference as last time, and the segment says that it was the last one of a write.
  if (push_ && shortfall_ > 0 && came > 0 && came + shortfall_ >= expected) return true;
  return now >= OpensAt(answered);
}

Instant AnswerGate::OpensAt(std::uint64_t answered) const {
  if (hole_) return kNever;
  const std::uint64_t came = received_ - base_received_;
  if (came > 0 && !push_) return last_event_ + kMaxQuiet;
  if (came > 0) return last_event_ + std::clamp(2 * longest_pause_, kMinQuiet, kMaxQuiet);
  return credit_ > 0 && credit_ >= Expected(answered) ? last_event_ + kMaxQuiet : kNever;
}

}  // namespace tcpcopy
