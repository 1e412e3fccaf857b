#pragma once

#include <cstdint>

#include "netstack/base/time.h"
#include "netstack/tcp/receive_sequence.h"
#include "netstack/tcp/retransmit_timer.h"
#include "netstack/tcp/tcp_memory.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// How long an ACK may wait for a segment that bears it.
struct AckPatience {
  Duration delay{0};
  /// Also that of the peer's FIN: ours is still to come, and the peer can wait for both.
  bool fin_waits = false;
};

/// The receiving half of a connection: what of the peer's stream has come, and when to tell it so.
/// Payload is counted, not kept; the application reads everything at once, so the window offered
/// is always the whole one.
class TcpReceiver {
 public:
  /// `memory` is not owned and must outlive this.
  explicit TcpReceiver(TcpMemory& memory) : memory_(memory) {}
  ~TcpReceiver() { ForgetAhead(); }
  TcpReceiver(const TcpReceiver&) = delete;
  TcpReceiver& operator=(const TcpReceiver&) = delete;

  /// The peer's SYN has come with number `irs`.
  void Open(SeqNum irs);
  /// Bytes to promise from now on; never less than was promised before.
  void SetWindow(std::uint32_t bytes) { rcv_.wnd = bytes; }
  /// Largest payload that the peer may put into a packet, to tell full-sized segments by.
  void SetMaxSegment(std::uint32_t bytes) { max_segment_ = bytes; }

  bool is_open() const { return rcv_.nxt > 0; }
  const ReceiveSequence& sequence() const { return rcv_; }
  SeqNum ack_number() const { return rcv_.Number(rcv_.nxt); }

  /// RFC 9293 3.10.7.4, seventh step and the receiving side of the eighth: takes the payload and
  /// FIN of an acceptable segment, trimmed to the window, and decides how soon to acknowledge.
  void OnText(const TcpSegment& segment, const AckPatience& patience, Instant now);

  /// A segment that lies outside the window: the peer is to be told where we are, and what of it
  /// it sends again (RFC 9293 3.10.7.4, first step; RFC 2883).
  void OnDuplicate(const TcpSegment& segment);

  /// The peer's FIN has been received in order.
  bool fin_received() const { return fin_known_ && rcv_.nxt > fin_; }
  /// In-order sequence space since the peer's SYN.
  std::uint64_t received() const { return is_open() ? rcv_.nxt - 1 : 0; }
  /// More of the stream has come, behind a hole.
  bool has_hole() const { return ahead_ != nullptr; }
  /// The in-order stream ends where a segment with PSH ended.
  bool ends_with_push() const;

  // RFC 7323 timestamps.

  /// True for an old duplicate by its timestamp (PAWS, RFC 7323 5.3 R1).
  bool IsOldByTimestamp(const TcpTimestamps& timestamps) const;
  /// Remembers what to echo (RFC 7323 4.3 (2)). For acceptable segments only.
  void NoteTimestamp(SeqNum seq, std::uint32_t value);
  std::uint32_t ts_recent() const { return ts_recent_; }

  // Acknowledging.

  /// An ACK is to leave with the next poll.
  void AckNow() { ack_now_ = true; }
  /// An ACK is to leave when `wait` has passed, unless a segment bears it before.
  void AckWithin(Duration wait, Instant now) {
    if (wait == Duration{0}) return AckNow();
    if (!delayed_ack_.IsSet()) delayed_ack_.Set(now + wait);
  }
  bool AckDue() const { return ack_now_; }
  /// One is to leave without data, even where data could bear it; none, if all is acknowledged.
  void AckAlone() {
    if (rcv_.last_ack < rcv_.nxt) ack_now_ = ack_alone_ = true;
  }
  bool AckDueAlone() const { return ack_now_ && ack_alone_; }
  /// A segment with our ACK leaves.
  void OnAckSent();
  /// Fills in the SACK blocks to report, at most `limit` (RFC 2018 4); first what was received
  /// twice since the last ACK (RFC 2883 4).
  void FillSack(std::size_t limit, TcpOptions* options) const;
  Instant NextTimeout() const { return delayed_ack_.at(); }
  void OnTimeout(Instant now);
  /// Nothing is acknowledged any more.
  void Stop();

 private:
  std::span<const SackBlock> Ahead() const;
  void NoteAhead(SeqNum left, SeqNum right);
  SeqNum AdvanceTo(SeqNum next);
  void ForgetAhead();
  void NoteTwice(SeqNum left, SeqNum right);
  void AckInTime(std::uint32_t payload_length, Duration delayed_ack, Instant now);

  TcpMemory& memory_;
  Assembler* ahead_ = nullptr;  // what has come ahead of RCV.NXT, if anything has
  ReceiveSequence rcv_;
  std::uint64_t fin_ = 0;   // position of the peer's FIN, if `fin_known_`
  std::uint64_t push_ = 0;  // position behind the farthest segment with PSH
  Deadline delayed_ack_;
  std::uint32_t ts_recent_ = 0;
  std::uint32_t max_segment_ = 0;
  std::uint32_t full_segment_ = 0;  // payload that counts as full-sized, learned
  std::uint32_t unacked_bytes_ = 0;
  SackBlock twice_;  // received twice; empty when `left` equals `right`
  bool fin_known_ = false;
  bool ack_now_ = false;
  bool ack_alone_ = false;
};

}  // namespace tcpcopy
