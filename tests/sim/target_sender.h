#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "netstack/base/time.h"
#include "netstack/wire/tcp_segment.h"
#include "tests/sim/target_setup.h"

namespace tcpcopy::sim {

/// The sending half of a target's connection. Simple: sends what the window allows, and on a
/// timeout one segment again. Offsets count the stream's bytes; the FIN lies behind the last.
class TargetSender {
 public:
  struct Piece {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    bool fin = false;
    bool psh = false;
  };
  enum class Ack { kOld, kCurrent, kUnsent };

  /// `mss`: payload bytes of a full segment.
  TargetSender(const TargetSetup& setup, std::uint32_t iss, std::uint64_t mss)
      : setup_(setup), iss_(iss), mss_(mss) {}

  void Write(std::uint64_t bytes) { written_ += bytes; }
  void Close() { closing_ = true; }

  /// The SYN-ACK was sent for the first time.
  void OnSynSent(Instant now) { StartTimer(now); }
  Ack TakeAck(SeqNum ack, Instant now);
  void SetWindow(std::uint32_t bytes) { window_ = bytes; }

  /// What may leave now, counted as sent.
  std::optional<Piece> Next(Instant now);
  /// What is to be sent again; the SYN-ACK when `synchronized()` is false.
  Piece Repeat(Instant now);
  bool IsDue(Instant now) const { return timer_ <= now; }
  Instant timer() const { return timer_; }
  void Stop() { timer_ = kNever; }

  std::uint32_t iss() const { return iss_; }
  bool synchronized() const { return synchronized_; }
  bool fin_sent() const { return fin_sent_; }
  bool fin_acked() const { return fin_acked_; }
  /// Where a segment without data belongs.
  std::uint64_t position() const { return sent_ + (fin_sent_ ? 1 : 0); }

 private:
  static constexpr std::uint64_t kFlight = 64'000;  // bytes in flight at most

  bool Outstanding() const;
  void StartTimer(Instant now) { timer_ = now + setup_.rto * (1 << backoff_); }

  const TargetSetup& setup_;
  const std::uint32_t iss_;
  const std::uint64_t mss_;
  std::uint64_t written_ = 0;
  std::uint64_t acked_ = 0;
  std::uint64_t sent_ = 0;  // highest
  std::uint32_t window_ = 0;
  bool closing_ = false;
  bool synchronized_ = false;
  bool fin_sent_ = false;
  bool fin_acked_ = false;
  int backoff_ = 0;
  Instant timer_ = kNever;
};

}  // namespace tcpcopy::sim
