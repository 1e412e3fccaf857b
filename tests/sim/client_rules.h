#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"
#include "tests/sim/backoff_rule.h"
#include "tests/sim/interval_set.h"

namespace tcpcopy::sim {

/// The rules of TCP that a client must keep, judged at its interface: what it sends, in view of all
/// that it has received by then. One connection, from its SYN on.
class ClientRules {
 public:
  using Complain = std::function<void(const std::string&)>;

  ClientRules(const TcpSegment& syn, bool is_v4, Complain complain);

  void OnSent(const TcpSegment& segment, Instant now);
  void OnReceived(const TcpSegment& segment);

  std::uint32_t iss() const { return iss_; }
  /// Bytes that were sent more than once, each repetition counted.
  std::uint64_t repeated() const { return repeated_; }

 private:
  // What is sent.
  void CheckText(const TcpSegment& segment);
  void CheckFin(const TcpSegment& segment, std::uint64_t end);
  void CheckAck(const TcpSegment& segment);
  void CheckWindow(const TcpSegment& segment);
  void CheckTimestamps(const TcpSegment& segment);
  void CheckSack(const TcpSegment& segment);
  bool IsTruthful(std::size_t index, const TcpSegment& segment) const;

  // What is received.
  void OnSynAck(const TcpSegment& segment);
  void NoteTimestamp(const TcpTimestamps& timestamps, std::int64_t begin, std::int64_t end);
  void NoteAck(const TcpSegment& segment);

  const Complain complain_;
  const std::uint32_t iss_;
  const TcpOptions offered_;

  // As agreed on.
  std::optional<std::uint32_t> irs_;
  std::size_t mss_;  // payload and options of the target's
  std::uint8_t scale_ = 0;
  std::uint8_t peer_scale_ = 0;
  bool timestamps_ = false;
  bool sack_ = false;

  // The client's stream.
  IntervalSet sent_;
  std::uint64_t repeated_ = 0;
  std::uint64_t acked_ = 0;       // told by the target
  std::uint64_t right_edge_ = 0;  // highest offset that the target ever offered
  std::optional<std::uint64_t> fin_at_;
  BackoffRule backoff_;

  // The target's stream; its FIN counts as one more byte.
  IntervalSet received_;
  std::uint64_t ack_sent_ = 0;
  std::uint64_t edge_sent_ = 0;
  bool acknowledged_ = false;     // the client has sent an ACK
  std::uint32_t least_echo_ = 0;  // TS.Recent is not older
  std::uint32_t most_echo_ = 0;   // nor newer
  std::uint32_t last_ts_ = 0;     // the client's own, as sent last
};

}  // namespace tcpcopy::sim
