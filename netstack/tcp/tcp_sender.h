#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/tcp/resting_recovery.h"
#include "netstack/tcp/retransmit_timer.h"
#include "netstack/tcp/rtt_estimator.h"
#include "netstack/tcp/send_buffer.h"
#include "netstack/tcp/send_sequence.h"
#include "netstack/tcp/tcp_settings.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// A segment that the sender wants to leave: which part of its sequence space.
struct SendPlan {
  std::uint64_t position = 0;  // as in `SendSequence`
  std::uint32_t length = 0;    // payload bytes
  bool syn = false;
  bool fin = false;
  bool psh = false;
  bool probe = false;  // of a closed window (RFC 9293 3.8.6.1)

  std::uint64_t end() const { return position + length + (syn ? 1 : 0) + (fin ? 1 : 0); }
};

/// What an ACK number turned out to be.
enum class AckVerdict : std::uint8_t {
  kTooOld,  // farther back than any window: RFC 5961 5.2
  kOld,
  kCurrent,
  kUnsent,  // acknowledges what we never sent
};

/// The sending half of a connection: the bytes, which of them may leave, what the peer has
/// acknowledged, and when to send again. What was lost, and how much may be in flight, is for
/// `LossRecovery` to know.
class TcpSender {
 public:
  TcpSender(const TcpSettings& settings, TcpMemory& memory)
      : settings_(settings), buffer_(memory.blocks), recovery_(memory), rtt_(settings) {}

  // The application's side; see TcpConnection.

  bool Buffer(ConstBytes bytes);
  void Push(std::uint64_t count);
  /// Our FIN goes behind the last pushed byte; the bytes that were not pushed are given back.
  void QueueFin();

  // Opening and ending.

  /// The SYN may leave, numbered `iss`.
  void Open(SeqNum iss, Instant now);
  /// The SYN is to leave (again) at the next poll.
  void RepeatSyn() { snd_.nxt = 0; }
  /// The peer has acknowledged our SYN with `segment`. `window`: SEG.WND scaled, in bytes; `echo`:
  /// the timestamp of ours that it echoes, where timestamps are in use.
  void OnSynAcknowledged(const TcpSegment& segment, const SendTerms& terms, std::uint32_t window,
                         std::optional<std::uint32_t> echo, Instant now);
  /// Gives all bytes back and stops the timers; nothing leaves any more.
  void Stop();

  // Segments in and out.

  /// The sending side of RFC 9293 3.10.7.4's fifth step, for a segment with ACK in a synchronized
  /// state. Parameters as for `OnSynAcknowledged`.
  AckVerdict OnAck(const TcpSegment& segment, std::uint32_t window,
                   std::optional<std::uint32_t> echo, Instant now);
  /// Segments with more than `mss` bytes of payload do not get through: what is in flight leaves
  /// again in smaller ones. Not below what any path carries.
  void LowerMss(std::uint32_t mss, Instant now);
  /// The segment to send next, if any may leave.
  std::optional<SendPlan> Next() const;
  /// Where a segment without data belongs: behind all that was sent, but within the window, because
  /// elsewhere the peer would not look at its ACK.
  std::uint64_t AckPosition() const;
  /// Copies the payload of `plan` to `out`, which is of its length.
  void CopyPayload(const SendPlan& plan, MutableBytes out) const;
  /// The segment of `plan`, as returned by `Next`, leaves.
  void OnSent(const SendPlan& plan, Instant now);

  Instant NextTimeout() const { return std::min(timer_.deadline(), recovery_.NextTimeout()); }
  /// False when the peer has left too many attempts unanswered. Does nothing when it is too early.
  bool OnTimeout(Instant now);
  /// Brings the timers in line with what is in flight or waits for the window.
  void SyncTimer(Instant now);

  const TcpSettings& settings() const { return settings_; }
  const SendSequence& sequence() const { return snd_; }
  const SendBuffer& buffer() const { return buffer_; }
  const RestingRecovery& recovery() const { return recovery_; }
  const RttEstimator& rtt() const { return rtt_; }
  std::uint32_t mss() const { return recovery_.terms().mss; }
  std::uint64_t bytes_buffered() const { return buffer_.appended(); }
  std::uint64_t bytes_pushed() const { return pushed_; }
  std::uint64_t bytes_acknowledged() const {
    return snd_.una == 0 ? 0 : std::min(snd_.una - 1, pushed_);
  }
  bool fin_queued() const { return fin_queued_; }
  bool fin_acknowledged() const { return fin_queued_ && snd_.una > DataEnd(); }
  std::uint64_t retransmits() const { return retransmits_; }

 private:
  // What may leave.

  /// Position behind the last pushed byte: where the FIN goes.
  std::uint64_t DataEnd() const { return 1 + pushed_; }
  std::uint64_t WindowEdge() const { return snd_.una + snd_.wnd; }
  bool IsHandshake() const { return snd_.una == 0; }
  bool HasUnsent() const { return snd_.nxt < DataEnd() + (fin_queued_ ? 1 : 0); }
  /// Something is to leave, nothing is on its way, and the window does not let it.
  bool IsBlocked() const;
  /// A segment from `position` on with payload before `edge`, a FIN if its turn has come.
  std::optional<SendPlan> Cut(std::uint64_t position, std::uint64_t edge) const;
  bool IsSilly(const SendPlan& plan) const;
  /// What was lost, or else what is new.
  std::optional<SendPlan> NextRegular() const;
  SendPlan WindowProbe() const;
  std::optional<SendPlan> TailProbe() const;

  // What an ACK tells.

  bool IsDuplicateAck(const TcpSegment& segment, std::uint32_t window) const;
  void UpdateWindow(const TcpSegment& segment, std::uint32_t window);
  void TakeSample(Duration round_trip, std::uint64_t in_flight);

  // Time.

  void StartTimer(Instant now) { timer_.Start(now, rtt_.rto(), settings_.max_rto); }
  void OnRetransmitTimeout(Instant now);
  void EscapeBlackHole(Instant now);

  const TcpSettings& settings_;
  SendBuffer buffer_;
  SendSequence snd_;
  RestingRecovery recovery_;
  RttEstimator rtt_;
  RetransmitTimer timer_;
  std::uint64_t pushed_ = 0;
  Instant last_sent_{};
  Instant now_{};  // latest time told; Push comes without one
  std::uint32_t retransmits_ = 0;
  bool open_ = false;
  bool fin_queued_ = false;
  bool persisting_ = false;  // `timer_` is the persist timer
  bool probe_due_ = false;   // of the closed window
};

}  // namespace tcpcopy
