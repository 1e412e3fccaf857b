#pragma once

#include <cstdint>

namespace tcpcopy {

/// How much may be in flight: slow start, congestion avoidance and fast recovery (RFC 5681), with
/// NewReno's answer to partial ACKs (RFC 6582), limited transmit (RFC 3042) and an initial window
/// of ten segments (RFC 6928). Bytes throughout; positions as in `SendSequence`.
class CongestionControl {
 public:
  /// At the end of the handshake. `mss` is what a full segment carries; `syn_lost` tells that
  /// more than one SYN was needed after a timeout, which makes the start a careful one.
  void Start(std::uint32_t mss, bool syn_lost);

  /// `acked` (> 0) new bytes are acknowledged, SND.UNA is now `una`, and `in_flight` bytes are
  /// left. True when the first unacknowledged segment is to be sent again (partial ACK).
  bool OnAck(std::uint64_t una, std::uint64_t acked, std::uint64_t in_flight);
  /// A duplicate ACK in the sense of RFC 5681 2. True when the first unacknowledged segment is to
  /// be sent again now (fast retransmit). `max` is behind everything ever sent.
  bool OnDuplicateAck(std::uint64_t una, std::uint64_t max, std::uint64_t in_flight);
  /// The retransmission timer expired; `again` when it had expired for the same bytes before.
  void OnTimeout(std::uint64_t max, std::uint64_t in_flight, bool again);

  /// Bytes that may be in flight now.
  std::uint64_t window() const;
  std::uint32_t cwnd() const { return cwnd_; }
  std::uint32_t ssthresh() const { return ssthresh_; }
  bool in_recovery() const { return in_recovery_; }
  /// True on the first partial ACK of a recovery: only that one restarts the retransmission timer
  /// (RFC 6582 3.2, the impatient variant).
  bool restarts_timer() const { return partial_acks_ <= 1; }

 private:
  static constexpr std::uint8_t kDuplicateThreshold = 3;
  static constexpr std::uint32_t kMaxWindow = 1U << 30;  // the largest window TCP can express

  std::uint32_t HalfOf(std::uint64_t in_flight) const;
  void Grow(std::uint64_t acked);
  void SetCwnd(std::uint64_t bytes);

  std::uint64_t recover_ = 0;  // recovery ends when SND.UNA reaches it
  std::uint32_t cwnd_ = 0;
  std::uint32_t ssthresh_ = kMaxWindow;
  std::uint32_t acked_in_avoidance_ = 0;  // bytes towards the next increase by one segment
  std::uint32_t mss_ = 536;
  std::uint8_t duplicate_acks_ = 0;
  std::uint8_t partial_acks_ = 0;  // in this recovery, saturating
  bool in_recovery_ = false;
};

}  // namespace tcpcopy
