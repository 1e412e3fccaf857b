#include "netstack/tcp/resting_recovery.h"

namespace tcpcopy {

void RestingRecovery::Open(const SendTerms& terms, bool syn_lost) {
  LossRecovery recovery(memory_.blocks);
  recovery.Open(terms, syn_lost);
  rest_ = recovery.rest();
}

void RestingRecovery::OnHandshakeMeasured(Duration round_trip) {
  WakeUp().OnHandshakeMeasured(round_trip);
  RestIfItMay();
}

void RestingRecovery::LowerMss(std::uint32_t mss) {
  WakeUp().LowerMss(mss);
  rest_.terms.mss = mss;
}

void RestingRecovery::Stop() {
  if (IsAwake()) memory_.recoveries.Delete(std::exchange(awake_, nullptr));
}

LossRecovery::Findings RestingRecovery::OnAck(const LossRecovery::Ack& ack, const SendSequence& snd,
                                              const RttEstimator& rtt, Instant now) {
  if (!IsAwake() && ack.acked == 0 && ack.segment.options.sack_count == 0) return {};
  return WakeUp().OnAck(ack, snd, rtt, now);
}

void RestingRecovery::ArmTailProbe(const SendSequence& snd, const RttEstimator& rtt,
                                   Instant retransmit_at, Instant now) {
  if (!IsAwake()) return;
  awake_->ArmTailProbe(snd, rtt, retransmit_at, now);
  RestIfItMay();
}

void RestingRecovery::RestIfItMay() {
  if (!awake_->MayRest()) return;
  rest_ = awake_->rest();
  Stop();
}

LossRecovery& RestingRecovery::WakeUp() {
  if (!IsAwake()) awake_ = memory_.recoveries.New(memory_.blocks, rest_);
  return *awake_;
}

}  // namespace tcpcopy
