#include "netstack/tcp/congestion_control.h"

#include <algorithm>

namespace tcpcopy {

void CongestionControl::Start(std::uint32_t mss, bool syn_lost) {
  mss_ = mss;
  cwnd_ = syn_lost ? mss : InitialWindow();  // RFC 5681 3.1: one segment after a lost SYN
}

std::uint32_t CongestionControl::InitialWindow() const {
  return std::min(10 * mss_, std::max(2 * mss_, 14600U));  // RFC 6928 2
}

void CongestionControl::OnSmallerMss(std::uint32_t mss) {
  SetCwnd(std::uint64_t{cwnd_} * mss / mss_);
  mss_ = mss;
}

std::uint32_t CongestionControl::HalfOf(std::uint64_t in_flight) const {
  return static_cast<std::uint32_t>(
      std::clamp<std::uint64_t>(in_flight / 2, 2ULL * mss_, kMaxWindow));  // RFC 5681 (4)
}

void CongestionControl::SetCwnd(std::uint64_t bytes) {
  cwnd_ = static_cast<std::uint32_t>(std::clamp<std::uint64_t>(bytes, mss_, kMaxWindow));
}

void CongestionControl::OnAcknowledged(std::uint64_t acked, std::uint64_t in_flight) {
  // A window that was not used says nothing about the path (RFC 7661 4.3).
  const bool was_used = 2 * in_flight >= cwnd_;
  if (!was_used) return;
  if (cwnd_ < ssthresh_) {
    // By what was acknowledged (RFC 3465), bounded as RFC 9406 4.2 has it; after a timeout by one
    // segment, because much of it may have arrived long ago.
    const std::uint64_t limit = phase_ == Phase::kLoss ? 1 : 8;
    SetCwnd(cwnd_ + std::min(acked, limit * mss_));
    return;
  }
  acked_in_avoidance_ += static_cast<std::uint32_t>(std::min<std::uint64_t>(acked, cwnd_));
  if (acked_in_avoidance_ < cwnd_) return;
  acked_in_avoidance_ -= cwnd_;
  SetCwnd(std::uint64_t{cwnd_} + mss_);
}

void CongestionControl::Remember() {
  if (phase_ != Phase::kOpen) return;
  cwnd_before_ = cwnd_;
  ssthresh_before_ = ssthresh_;
}

void CongestionControl::EnterRecovery(std::uint64_t max, std::uint64_t in_flight) {
  Remember();
  phase_ = Phase::kRecovery;
  recover_ = max;
  // Limited transmit's extra segments do not count into the half (RFC 5681 3.2 step 2).
  flight_at_loss_ = std::max<std::uint64_t>(std::min<std::uint64_t>(in_flight, cwnd_), 1);
  ssthresh_ = HalfOf(flight_at_loss_);
  delivered_ = sent_ = 0;
  acked_in_avoidance_ = 0;
}

void CongestionControl::OnDelivered(std::uint64_t delivered, std::uint64_t outstanding) {
  delivered_ += delivered;
  std::uint64_t allowance = 0;
  if (outstanding > ssthresh_) {  // reduce in proportion to what arrives
    const std::uint64_t due = (delivered_ * ssthresh_ + flight_at_loss_ - 1) / flight_at_loss_;
    allowance = due > sent_ ? due - sent_ : 0;
  } else {  // losses have taken more than the reduction asked for: slow start back to it
    const std::uint64_t owed = delivered_ > sent_ ? delivered_ - sent_ : 0;
    allowance = std::min(ssthresh_ - outstanding, std::max(owed, delivered) + mss_);
  }
  SetCwnd(outstanding + allowance);
}

void CongestionControl::OnTimeout(std::uint64_t max, std::uint64_t in_flight, bool again) {
  Remember();
  if (!again) ssthresh_ = HalfOf(in_flight);
  phase_ = Phase::kLoss;
  recover_ = max;
  acked_in_avoidance_ = 0;
  cwnd_ = mss_;  // the loss window, RFC 5681 3.1
}

bool CongestionControl::EndsRecovery(std::uint64_t una) {
  if (phase_ == Phase::kOpen || una < recover_) return false;
  if (phase_ == Phase::kRecovery) SetCwnd(ssthresh_);
  phase_ = Phase::kOpen;
  return true;
}

void CongestionControl::OnRepairedLoss(std::uint64_t in_flight) {
  if (phase_ != Phase::kOpen) return;
  ssthresh_ = HalfOf(std::min<std::uint64_t>(in_flight, cwnd_));
  SetCwnd(ssthresh_);
}

void CongestionControl::Undo() {
  phase_ = Phase::kOpen;
  SetCwnd(std::max(cwnd_, cwnd_before_));
  ssthresh_ = std::max(ssthresh_, ssthresh_before_);
}

void CongestionControl::OnIdle() { SetCwnd(std::min(cwnd_, InitialWindow())); }

}  // namespace tcpcopy
