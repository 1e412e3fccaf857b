#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "netstack/tcp/tcp_memory.h"

namespace tcpcopy {

/// A connection's `LossRecovery` that takes its memory only while something is in flight, and for
/// good once something was lost: most connections are idle most of the time and never lose
/// anything. What it says and does is the same either way; see `LossRecovery`.
class RestingRecovery {
 public:
  /// `memory` is not owned and must outlive this.
  explicit RestingRecovery(TcpMemory& memory) : memory_(memory) {}
  ~RestingRecovery() { Stop(); }
  RestingRecovery(const RestingRecovery&) = delete;
  RestingRecovery& operator=(const RestingRecovery&) = delete;

  void Open(const SendTerms& terms, bool syn_lost);
  void OnHandshakeMeasured(Duration round_trip);
  void LowerMss(std::uint32_t mss);
  void Stop();

  std::optional<Scoreboard::Range> NextLost() const {
    return IsAwake() ? awake_->NextLost() : std::nullopt;
  }
  bool HasLost() const { return IsAwake() && awake_->HasLost(); }
  bool MaySend(std::uint64_t bytes) const { return !IsAwake() || awake_->MaySend(bytes); }
  /// Bytes believed to be on their way, less those that duplicate ACKs stand for.
  std::uint64_t Outstanding() const { return IsAwake() ? awake_->Outstanding() : 0; }
  bool HasOutstanding() const { return IsAwake() && awake_->scoreboard().outstanding() > 0; }
  bool TailProbeDue() const { return IsAwake() && awake_->TailProbeDue(); }
  void OnSent(std::uint64_t begin, std::uint64_t end, const LossRecovery::Departure& departure,
              Instant now) {
    WakeUp().OnSent(begin, end, departure, now);
  }
  LossRecovery::Findings OnAck(const LossRecovery::Ack& ack, const SendSequence& snd,
                               const RttEstimator& rtt, Instant now);
  void OnRetransmitTimeout(const SendSequence& snd, bool again, Instant now) {
    WakeUp().OnRetransmitTimeout(snd, again, now);
  }
  /// The last word on what was sent or acknowledged: it may rest then.
  void ArmTailProbe(const SendSequence& snd, const RttEstimator& rtt, Instant retransmit_at,
                    Instant now);
  Instant NextTimeout() const { return IsAwake() ? awake_->NextTimeout() : kNever; }
  void OnTimeout(const SendSequence& snd, const RttEstimator& rtt, Instant now) {
    if (IsAwake()) awake_->OnTimeout(snd, rtt, now);
  }

  const SendTerms& terms() const { return rest_.terms; }
  CongestionControl congestion() const {
    return IsAwake() ? awake_->congestion() : CongestionControl(rest_.window);
  }
  /// Bytes that the peer has reported by SACK.
  std::uint64_t sacked() const { return IsAwake() ? awake_->scoreboard().sacked() : 0; }

  bool IsAwake() const { return awake_ != nullptr; }

 private:
  LossRecovery& WakeUp();
  void RestIfItMay();

  TcpMemory& memory_;
  LossRecovery* awake_ = nullptr;
  LossRecovery::Rest rest_;  // only its terms are kept while it is awake
};

}  // namespace tcpcopy
