#pragma once

#include <cstdint>

namespace tcpcopy {

/// How much may be in flight: slow start and congestion avoidance (RFC 5681), an initial window of
/// ten segments (RFC 6928), proportional rate reduction in a recovery (RFC 6937). What is lost is
/// for others to find out. Bytes throughout; positions as in `SendSequence`.
class CongestionControl {
 public:
  enum class Phase : std::uint8_t {
    kOpen,
    kRecovery,  // something was lost, and later segments arrive
    kLoss,      // a retransmission timeout
  };

  /// At the end of the handshake. `mss` is what a full segment carries; `syn_lost` tells that
  /// more than one SYN was needed after a timeout, which makes the start a careful one.
  void Start(std::uint32_t mss, bool syn_lost);
  static constexpr std::uint32_t kMaxWindow = 1U << 30;  // the largest window TCP can express

  /// What a connection that has lost nothing so far knows between two flights.
  struct Window {
    std::uint32_t cwnd = 0;
    std::uint32_t ssthresh = kMaxWindow;
    std::uint32_t acked_in_avoidance = 0;  // bytes towards the next increase by one segment
    std::uint32_t mss = 536;
  };
  CongestionControl() = default;
  explicit CongestionControl(const Window& window)
      : cwnd_(window.cwnd),
        ssthresh_(window.ssthresh),
        acked_in_avoidance_(window.acked_in_avoidance),
        mss_(window.mss) {}
  /// All that is to be known when nothing is in flight and `never_reduced`.
  Window window() const { return {cwnd_, ssthresh_, acked_in_avoidance_, mss_}; }
  bool never_reduced() const { return phase_ == Phase::kOpen && recover_ == 0; }
  /// Full segments are smaller from now on; the window keeps its count of them.
  void OnSmallerMss(std::uint32_t mss);

  /// `acked` new bytes are acknowledged, where `in_flight` were before; outside of `kRecovery`.
  void OnAcknowledged(std::uint64_t acked, std::uint64_t in_flight);
  /// `delivered` bytes have newly arrived and `outstanding` are believed to be on their way; in
  /// `kRecovery` (RFC 6937 3).
  void OnDelivered(std::uint64_t delivered, std::uint64_t outstanding);
  /// `bytes` leave, new or again.
  void OnSent(std::uint64_t bytes) { sent_ += phase_ == Phase::kRecovery ? bytes : 0; }

  /// A loss was found in `kOpen`; `max` is behind everything ever sent (RFC 5681 3.2, RFC 6675 5).
  void EnterRecovery(std::uint64_t max, std::uint64_t in_flight);
  /// The retransmission timer expired; `again` when it had expired for the same bytes before.
  void OnTimeout(std::uint64_t max, std::uint64_t in_flight, bool again);
  /// SND.UNA is `una` now. True when that ends a recovery or what followed a timeout.
  bool EndsRecovery(std::uint64_t una);
  /// One loss was repaired before it was known as such (RFC 8985 7.4).
  void OnRepairedLoss(std::uint64_t in_flight);
  /// The last reduction was a mistake (RFC 4015 3.2): nothing was lost.
  void Undo();
  /// Nothing was sent for longer than the RTO (RFC 5681 4.1).
  void OnIdle();

  Phase phase() const { return phase_; }
  /// What is below was in flight at the last loss: duplicate ACKs there may be our own doing
  /// (RFC 6582 3.2).
  std::uint64_t recover() const { return recover_; }
  std::uint32_t cwnd() const { return cwnd_; }
  std::uint32_t ssthresh() const { return ssthresh_; }

 private:
  std::uint32_t InitialWindow() const;
  std::uint32_t HalfOf(std::uint64_t in_flight) const;
  void SetCwnd(std::uint64_t bytes);
  void Remember();

  std::uint64_t recover_ = 0;         // the recovery ends when SND.UNA reaches it
  std::uint64_t delivered_ = 0;       // in this recovery (prr_delivered)
  std::uint64_t sent_ = 0;            // in this recovery (prr_out)
  std::uint64_t flight_at_loss_ = 0;  // RecoverFS
  std::uint32_t cwnd_ = 0;
  std::uint32_t ssthresh_ = kMaxWindow;
  std::uint32_t cwnd_before_ = 0;  // of the last reduction, for `Undo`
  std::uint32_t ssthresh_before_ = kMaxWindow;
  std::uint32_t acked_in_avoidance_ = 0;  // bytes towards the next increase by one segment
  std::uint32_t mss_ = 536;
  Phase phase_ = Phase::kOpen;
};

}  // namespace tcpcopy
