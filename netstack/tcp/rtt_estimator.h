#pragma once

#include <cstdint>

#include "netstack/base/time.h"
#include "netstack/tcp/tcp_settings.h"

namespace tcpcopy {

/// Smoothed round-trip time and the timeout that follows from it (RFC 6298 2). Backing off is the
/// timer's business, see `RetransmitTimer`; that samples are unambiguous (Karn) is the caller's.
class RttEstimator {
 public:
  explicit RttEstimator(const TcpSettings& settings) : rto_(ToStored(settings.initial_rto)) {}

  /// Takes one measurement. `samples_per_rtt` (>= 1) is how many the caller expects in a round
  /// trip: more of them weigh less each, so that the history spans the same time (RFC 7323 4.3).
  void Sample(Duration rtt, std::uint32_t samples_per_rtt, const TcpSettings& settings);
  /// RFC 6298 5.7: the SYN's timer had expired and no measurement was possible.
  void OnUnmeasuredHandshake();

  bool has_sample() const { return has_sample_; }
  Duration srtt() const { return srtt_; }
  Duration rttvar() const { return rttvar_; }
  Duration rto() const { return rto_; }

 private:
  // Connections are many, and a timeout needs neither nanoseconds nor hours.
  using Stored = std::chrono::duration<std::uint32_t, std::micro>;
  static Stored ToStored(Duration duration);

  Stored srtt_{0};
  Stored rttvar_{0};
  Stored rto_;
  bool has_sample_ = false;
};

}  // namespace tcpcopy
