#include "src/replay/datagram_session.h"

#include <algorithm>

namespace tcpcopy {

void DatagramSession::OnCaptured(std::size_t bytes, Duration at) {
  last_captured_ = at;
  ++totals_.requests;
  totals_.bytes += bytes;
}

void DatagramSession::OnSent(std::size_t bytes, Instant now) {
  last_sent_ = now;
  ++unsettled_;
  ++totals_.requests_delivered;
  totals_.bytes_delivered += bytes;
}

bool DatagramSession::OnReply(Instant now) {
  answered_ = true;
  return Settle(now);
}

void DatagramSession::OnUnreachable(Instant now) {
  unreachable_ = true;
  Settle(now);
}

bool DatagramSession::Settle(Instant now) {
  last_heard_ = now;
  if (unsettled_ == 0) return false;
  --unsettled_;
  return true;
}

Instant DatagramSession::EndsAt(const Patience& patience) const {
  if (unsettled_ > 0) return last_sent_ + patience.unanswered;
  return std::max(last_sent_, last_heard_) + patience.answered;
}

Outcome DatagramSession::OutcomeAt(Instant now, const Patience& patience) const {
  if (answered_) return Outcome::kAnswered;
  if (unreachable_) return Outcome::kRefusedByTarget;
  if (totals_.requests_delivered == 0) return not_sent_.value_or(Outcome::kEndedByUs);
  return AwaitsAnswer(now, patience) ? Outcome::kEndedByUs : Outcome::kUnanswered;
}

}  // namespace tcpcopy
