#pragma once

#include <cstdint>
#include <string>

#include "netstack/base/prng.h"
#include "netstack/base/time.h"
#include "netstack/wire/tcp_segment.h"
#include "tests/sim/reassembly.h"
#include "tests/sim/target_setup.h"

namespace tcpcopy::sim {

/// The receiving half of a target's connection: the window it offers, what it acknowledges and how
/// soon, the timestamp it echoes.
class TargetReceiver {
 public:
  TargetReceiver(const TargetSetup& setup, Prng prng, const TcpSegment& syn);

  /// RFC 9293 3.10.7.4, first step; with the allowance for an ACK at the window's very edge that
  /// all stacks make.
  bool Accepts(const TcpSegment& segment) const;
  /// An old duplicate by its timestamp (RFC 7323 5.3).
  bool IsOld(const TcpSegment& segment) const;
  /// Takes an acceptable segment's payload and FIN. False when bytes came again as others.
  bool Take(const TcpSegment& segment, Instant now);

  /// An ACK is to leave at once.
  void AckNow() { ack_due_ = true; }
  bool AckDue() const { return ack_due_; }
  /// Fills in what every segment of the target tells of this half.
  void Tell(TcpSegment& segment, std::uint8_t scale, bool sack);

  void OnTime(Instant now);
  Instant NextTimer() const { return std::min(ack_timer_, read_timer_); }

  const Reassembly& data() const { return data_; }
  std::uint32_t irs() const { return irs_; }
  std::uint32_t ts_recent() const { return ts_recent_; }

 private:
  std::uint32_t Window() const;
  void ScheduleAck(bool in_order, Instant now);
  void AddSack(TcpOptions& options);

  const TargetSetup& setup_;
  Prng prng_;
  const std::uint32_t irs_;
  Reassembly data_;
  std::uint64_t right_edge_;  // highest offset that was ever offered
  std::uint64_t unread_ = 0;  // received, not read by the application
  std::uint32_t ts_recent_ = 0;
  std::uint64_t last_ack_ = 0;
  unsigned unanswered_ = 0;  // data segments since the last ACK
  bool ack_due_ = false;
  bool tell_repeated_ = false;
  bool told_sack_ = false;
  Instant ack_timer_ = kNever;
  Instant read_timer_ = kNever;
};

}  // namespace tcpcopy::sim
