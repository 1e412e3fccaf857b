#include "netstack/tcp/rack.h"

#include <algorithm>
#include <utility>

namespace tcpcopy {

void Rack::OnRoundTrip(Duration rtt) { min_rtt_ = std::min(min_rtt_, rtt); }

void Rack::OnDelivered(const SentRun& run, std::uint64_t end, Instant now) {
  const Duration rtt = now - run.first_sent;
  if (end > farthest_) {
    farthest_ = end;
  } else if (end < farthest_ && !run.retransmitted) {
    reordering_seen_ = true;
  }
  // Quicker than any round trip: it was the first transmission that arrived, not the one timed.
  if (run.retransmitted && rtt < min_rtt_) return;
  if (std::pair(run.first_sent, end) <= std::pair(sent_at_, end_)) return;
  sent_at_ = run.first_sent;
  end_ = end;
  rtt_ = rtt;
}

void Rack::OnDuplicate(std::uint64_t una, std::uint64_t nxt) {
  if (una < dsack_round_) return;  // once a round trip
  dsack_round_ = nxt;
  if (window_quarters_ < UINT8_MAX) ++window_quarters_;
  recoveries_left_ = kPersistence;
}

void Rack::OnRecoveryEnd() {
  if (recoveries_left_ > 0) --recoveries_left_;
  if (recoveries_left_ == 0) window_quarters_ = 1;
}

Duration Rack::ReorderWindow(bool impatient, Duration srtt) const {
  if ((!reordering_seen_ && impatient) || min_rtt_ == Duration::max()) return Duration{0};
  return std::min(window_quarters_ * (min_rtt_ / 4), srtt);
}

Instant Rack::LostAt(const SentRun& run, Duration reorder_window) const {
  const bool sent_before = std::pair(run.last_sent, run.end) < std::pair(sent_at_, end_);
  return sent_before ? Expires(run) + reorder_window : kNever;
}

}  // namespace tcpcopy
