#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/tcp/congestion_control.h"
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
/// acknowledged, and when to send again.
class TcpSender {
 public:
  TcpSender(const TcpSettings& settings, BlockPool& pool)
      : settings_(settings), buffer_(pool), rtt_(settings) {}

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
  /// The peer has acknowledged our SYN with `segment`. `mss` is the payload of a full segment,
  /// `window` SEG.WND scaled, in bytes; `rtt` the round trip by timestamps, if known.
  void OnSynAcknowledged(const TcpSegment& segment, std::uint32_t mss, std::uint32_t window,
                         std::optional<Duration> rtt, Instant now);
  /// Gives all bytes back and stops the timer; nothing leaves any more.
  void Stop();

  // Segments in and out.

  /// The sending side of RFC 9293 3.10.7.4's fifth step, for a segment with ACK in a synchronized
  /// state. Parameters as for `OnSynAcknowledged`.
  AckVerdict OnAck(const TcpSegment& segment, std::uint32_t window, std::optional<Duration> rtt,
                   Instant now);
  /// The segment to send next, if any may leave.
  std::optional<SendPlan> Next() const;
  /// Where a segment without data belongs: behind all that was sent, but within the window, because
  /// elsewhere the peer would not look at its ACK.
  std::uint64_t AckPosition() const;
  /// Copies the payload of `plan` to `out`, which is of its length.
  void CopyPayload(const SendPlan& plan, MutableBytes out) const;
  /// The segment of `plan`, as returned by `Next`, leaves.
  void OnSent(const SendPlan& plan, Instant now);

  Instant NextTimeout() const { return timer_.deadline(); }
  /// False when the peer has left too many attempts unanswered. Does nothing when it is too early.
  bool OnTimeout(Instant now);
  /// Brings the timer in line with what is in flight or waits for the window.
  void SyncTimer(Instant now);

  const TcpSettings& settings() const { return settings_; }
  const SendSequence& sequence() const { return snd_; }
  const SendBuffer& buffer() const { return buffer_; }
  const CongestionControl& congestion() const { return congestion_; }
  const RttEstimator& rtt() const { return rtt_; }
  std::uint64_t bytes_buffered() const { return buffered_; }
  std::uint64_t bytes_pushed() const { return pushed_; }
  std::uint64_t bytes_acknowledged() const;
  bool fin_queued() const { return fin_queued_; }
  bool fin_acknowledged() const { return fin_queued_ && snd_.una > DataEnd(); }
  std::uint64_t retransmits() const { return retransmits_; }

 private:
  /// Position behind the last pushed byte: where the FIN goes.
  std::uint64_t DataEnd() const { return 1 + pushed_; }
  bool IsHandshake() const { return snd_.una == 0; }
  bool HasUnsent() const { return snd_.nxt < DataEnd() + (fin_queued_ ? 1 : 0); }
  /// A segment from `position` on with payload before `edge`, a FIN if its turn has come.
  std::optional<SendPlan> Cut(std::uint64_t position, std::uint64_t edge) const;
  std::optional<SendPlan> NextRegular() const;
  SendPlan Probe() const;

  bool IsDuplicateAck(const TcpSegment& segment, std::uint32_t window) const;
  void UpdateWindow(const TcpSegment& segment, std::uint32_t window);
  void TakeSample(std::optional<Duration> by_timestamps, std::uint64_t in_flight, Instant now);
  void Advance(std::uint64_t acked, std::optional<Duration> rtt, Instant now);
  void GoBack();

  const TcpSettings& settings_;
  SendBuffer buffer_;
  SendSequence snd_;
  CongestionControl congestion_;
  RttEstimator rtt_;
  RetransmitTimer timer_;
  std::uint64_t buffered_ = 0;
  std::uint64_t pushed_ = 0;
  // The one segment that is timed, when timestamps do not do it: the position behind it, 0 if none.
  std::uint64_t timed_ = 0;
  Instant timed_at_{};
  Instant now_{};  // latest time told; Push comes without one
  std::uint32_t retransmits_ = 0;
  std::uint32_t mss_ = 0;  // payload bytes of a full segment
  bool open_ = false;
  bool fin_queued_ = false;
  bool retransmit_first_ = false;  // fast retransmit wants the segment at SND.UNA
  bool persisting_ = false;        // `timer_` is the persist timer
  bool probe_due_ = false;
};

}  // namespace tcpcopy
