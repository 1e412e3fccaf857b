#include "netstack/tcp/congestion_control.h"

#include <algorithm>

namespace tcpcopy {

void CongestionControl::Start(std::uint32_t mss, bool syn_lost) {
  mss_ = mss;
  // RFC 6928 2: min(10 * MSS, max(2 * MSS, 14600)); RFC 5681 3.1: one segment after a lost SYN.
  cwnd_ = syn_lost ? mss : std::min(10 * mss, std::max(2 * mss, 14600U));
}

std::uint32_t CongestionControl::HalfOf(std::uint64_t in_flight) const {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(in_flight / 2, 2ULL * mss_, kMaxWindow));  // RFC 5681 (4)
}

void CongestionControl::SetCwnd(std::uint64_t bytes) {
  cwnd_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(bytes, mss_, kMaxWindow));
}

std::uint64_t CongestionControl::window() const {
  if (in_recovery_) return cwnd_;
  // Limited transmit: the first duplicate ACKs tell that segments have left the network.
  return cwnd_ + std::uint64_t{std::min<std::uint8_t>(duplicate_acks_, 2)} * mss_;
}

void CongestionControl::Grow(std::uint64_t acked) {
  if (cwnd_ < ssthresh_) {
    SetCwnd(cwnd_ + std::min<std::uint64_t>(acked, mss_));  // RFC 5681 (2)
    return;
  }
  acked_in_avoidance_ += static_cast<std::uint32_t>(std::min<std::uint64_t>(acked, cwnd_));
  if (acked_in_avoidance_ < cwnd_) return;
  acked_in_avoidance_ -= cwnd_;
  SetCwnd(std::uint64_t{cwnd_} + mss_);
}

bool CongestionControl::OnAck(std::uint64_t una, std::uint64_t acked, std::uint64_t in_flight) {
  duplicate_acks_ = 0;
  if (!in_recovery_) {
    Grow(acked);
    return false;
  }
  if (una >= recover_) {  // Full acknowledgment; RFC 6582 3.2 step 3, option (1).
    in_recovery_ = false;
    SetCwnd(std::min<std::uint64_t>(ssthresh_, std::max<std::uint64_t>(in_flight, mss_) + mss_));
    return false;
  }
  // Partial acknowledgment: the next hole begins at `una`. Deflate by what has left the network.
  const std::uint64_t deflated = cwnd_ > acked ? cwnd_ - acked : 0;
  SetCwnd(deflated + (acked >= mss_ ? mss_ : 0));
  if (partial_acks_ < UINT8_MAX) ++partial_acks_;
  return true;
}

bool CongestionControl::OnDuplicateAck(std::uint64_t una, std::uint64_t max,
                                       std::uint64_t in_flight) {
  if (in_recovery_) {
    SetCwnd(std::uint64_t{cwnd_} + mss_);
    return false;
  }
  if (duplicate_acks_ < UINT8_MAX) ++duplicate_acks_;
  // Below `recover_`, duplicates come from our own retransmissions (RFC 6582 3.2 step 2).
  if (duplicate_acks_ != kDuplicateThreshold || una <= recover_) return false;
  // Limited transmit's extra segments do not count into the half (RFC 5681 3.2 step 2).
  ssthresh_ = HalfOf(std::min<std::uint64_t>(in_flight, cwnd_));
  recover_ = max;
  in_recovery_ = true;
  partial_acks_ = 0;
  acked_in_avoidance_ = 0;
  SetCwnd(std::uint64_t{ssthresh_} + 3ULL * mss_);
  return true;
}

void CongestionControl::OnTimeout(std::uint64_t max, std::uint64_t in_flight, bool again) {
  if (!again) ssthresh_ = HalfOf(in_flight);
  recover_ = max;
  in_recovery_ = false;
  duplicate_acks_ = 0;
  partial_acks_ = 0;
  acked_in_avoidance_ = 0;
  cwnd_ = mss_;  // the loss window, RFC 5681 3.1
}

}  // namespace tcpcopy
