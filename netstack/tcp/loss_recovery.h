#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/block_pool.h"
#include "netstack/base/time.h"
#include "netstack/tcp/congestion_control.h"
#include "netstack/tcp/rack.h"
#include "netstack/tcp/retransmit_timer.h"
#include "netstack/tcp/rtt_estimator.h"
#include "netstack/tcp/scoreboard.h"
#include "netstack/tcp/send_sequence.h"
#include "netstack/tcp/spurious_recovery.h"
#include "netstack/tcp/tail_loss_probe.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// What the handshake has settled about sending.
struct SendTerms {
  std::uint32_t mss = 0;  // payload bytes of a full segment
  bool sack = false;      // the peer reports what it has by SACK (RFC 2018)
};

/// Which of the bytes in flight are lost, and how many may be in flight.
///
/// Losses are found by RACK-TLP (RFC 8985) where the peer reports SACK, because it finds lost
/// retransmissions and lost tails in a round trip, where RFC 6675 would wait for the timeout; else
/// by duplicate ACKs as in NewReno (RFC 6582).
class LossRecovery {
 public:
  /// `pool` is not owned and must outlive this.
  explicit LossRecovery(BlockPool& pool) : scoreboard_(pool) {}

  /// What is left of it between two flights of a connection that has not lost anything so far.
  struct Rest {
    SendTerms terms;
    CongestionControl::Window window;
    std::uint32_t round_trip = 0;                // the last one, nanoseconds
    std::uint32_t min_round_trip = kUnmeasured;  // of the connection, nanoseconds

    /// Longer ones are not known at rest.
    static constexpr std::uint32_t kUnmeasured = UINT32_MAX;
  };
  LossRecovery(BlockPool& pool, const Rest& rest)
      : scoreboard_(pool),
        rack_(Duration(rest.round_trip), rest.min_round_trip == Rest::kUnmeasured
                                             ? Duration::max()
                                             : Duration(rest.min_round_trip)),
        congestion_(rest.window),
        terms_(rest.terms) {}
  /// True when one made of `rest()` would be the same.
  bool MayRest() const;
  Rest rest() const;

  /// The handshake is over; `syn_lost`: more than one SYN was needed after a timeout.
  void Open(const SendTerms& terms, bool syn_lost);
  /// The handshake took this round trip.
  void OnHandshakeMeasured(Duration round_trip) { rack_.OnRoundTrip(round_trip); }
  /// Full segments carry `mss` from now on, and larger ones in flight have not got through. That
  /// says nothing about congestion (RFC 1191 6.5).
  void LowerMss(std::uint32_t mss);
  void Stop();

  // Sending.

  /// The lost bytes to send again next, if the congestion window lets any leave.
  std::optional<Scoreboard::Range> NextLost() const;
  bool HasLost() const { return scoreboard_.lost() > 0; }
  /// Whether `bytes` of payload may leave behind what is in flight.
  bool MaySend(std::uint64_t bytes) const;
  /// Bytes believed to be on their way; without SACK each duplicate ACK stands for a segment that
  /// is no more.
  std::uint64_t Outstanding() const;
  /// True when a segment is to leave whatever the window says, to ask for an ACK.
  bool TailProbeDue() const { return probe_due_; }
  struct Departure {
    bool repeated = false;  // sent before
    bool was_idle = false;  // nothing had been sent for longer than the RTO
  };
  /// [begin, end) leaves.
  void OnSent(std::uint64_t begin, std::uint64_t end, const Departure& departure, Instant now);

  // What comes back.

  /// An ACK that the sender accepts.
  struct Ack {
    const TcpSegment& segment;
    std::uint64_t acked;                // bytes by which it has advanced SND.UNA
    bool is_duplicate;                  // in the sense of RFC 5681 2
    std::optional<std::uint32_t> echo;  // timestamp of ours that it echoes
  };
  struct Findings {
    /// Where the ACK tells it without ambiguity (Karn, RFC 6298 3): of bytes sent once, or by the
    /// timestamp of those that were sent again.
    std::optional<Duration> round_trip;
    bool was_spurious = false;  // the last recovery or timeout was a mistake
  };
  /// `snd` has advanced already.
  Findings OnAck(const Ack& ack, const SendSequence& snd, const RttEstimator& rtt, Instant now);

  // Time.

  /// The retransmission timer expired; `again` when it had for the same bytes before.
  void OnRetransmitTimeout(const SendSequence& snd, bool again, Instant now);
  /// Starts the wait for a tail loss probe anew, unless the retransmission timer comes before.
  void ArmTailProbe(const SendSequence& snd, const RttEstimator& rtt, Instant retransmit_at,
                    Instant now);
  Instant NextTimeout() const { return early_.at(); }
  void OnTimeout(const SendSequence& snd, const RttEstimator& rtt, Instant now);

  const SendTerms& terms() const { return terms_; }
  const CongestionControl& congestion() const { return congestion_; }
  const Scoreboard& scoreboard() const { return scoreboard_; }
  const Rack& rack() const { return rack_; }

 private:
  using Phase = CongestionControl::Phase;

  bool IsOpen() const { return congestion_.phase() == Phase::kOpen; }
  /// `early_` waits for reordered segments; else for a quiet tail.
  bool WaitsForReordered() const { return scoreboard_.sacked() > 0 || !IsOpen(); }

  // What an ACK tells; in the order of being called.
  struct Progress {
    std::uint64_t delivered = 0;
    std::optional<Duration> round_trip;
  };
  Progress Advance(const Ack& ack, const SendSequence& snd, Instant now);
  void NoteDelivered(const SentRun& run, std::uint64_t end, Instant now);
  std::uint64_t TakeSack(const TcpSegment& segment, const SendSequence& snd, Instant now);
  std::uint64_t CountDuplicates(const Ack& ack);
  bool CheckSpurious(const Ack& ack, bool dsack);
  bool FindLosses(const Ack& ack, const SendSequence& snd, Duration srtt, Instant now);
  bool FindLossesByTime(Duration srtt, Instant now);
  void EnterRecovery(const SendSequence& snd);

  Scoreboard scoreboard_;
  Rack rack_;
  CongestionControl congestion_;
  TailLossProbe tail_probe_;
  SpuriousRecovery spurious_;
  Deadline early_;  // before the retransmission timer
  SendTerms terms_;
  std::uint32_t reno_delivered_ = 0;  // bytes that duplicate ACKs stand for, without SACK
  bool retransmit_now_ = false;       // one lost segment may leave whatever the window says
  bool probe_due_ = false;
};

}  // namespace tcpcopy
