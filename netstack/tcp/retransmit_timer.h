#pragma once

#include <algorithm>
#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// A point in time that may or may not be set: a timer as a value. Whoever holds it asks.
class Deadline {
 public:
  void Set(Instant at) { at_ = at; }
  void Clear() { at_ = kNever; }
  bool IsSet() const { return at_ != kNever; }
  bool HasCome(Instant now) const { return IsSet() && at_ <= now; }
  Instant at() const { return at_; }

 private:
  Instant at_ = kNever;
};

/// The retransmission timer with its exponential backoff (RFC 6298 5). The persist timer is the
/// same one in another role: never are both needed.
class RetransmitTimer {
 public:
  /// (Re)starts: due after `rto`, doubled for every backoff, at most after `max_rto`.
  void Start(Instant now, Duration rto, Duration max_rto) {
    for (int i = 0; i < backoffs_ && rto < max_rto; ++i) rto *= 2;
    deadline_.Set(now + std::min(rto, max_rto));
  }
  void Stop() { deadline_.Clear(); }

  /// It expired. RFC 6298 5.5: the next wait is twice as long, if `back_off`.
  void CountAttempt(bool back_off) {
    if (back_off && backoffs_ < kMaxBackoffs) ++backoffs_;
    if (attempts_ < UINT16_MAX) ++attempts_;
  }
  /// The peer lives: its answers start the count of unanswered attempts anew.
  void ForgetAttempts() { attempts_ = 0; }
  /// A new measurement replaces the doubled timeout (RFC 6298 5, closing note).
  void ForgetBackoff() { backoffs_ = 0; }

  bool IsRunning() const { return deadline_.IsSet(); }
  bool HasCome(Instant now) const { return deadline_.HasCome(now); }
  Instant deadline() const { return deadline_.at(); }
  /// Expirations since the peer last showed progress.
  int attempts() const { return attempts_; }

 private:
  static constexpr std::uint8_t kMaxBackoffs = 32;  // far beyond what any `max_rto` lets through

  Deadline deadline_;
  std::uint16_t attempts_ = 0;
  std::uint8_t backoffs_ = 0;
};

}  // namespace tcpcopy
