#pragma once

#include <cstdint>
#include <optional>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/tcp/retransmit_timer.h"
#include "netstack/tcp/tcp_receiver.h"
#include "netstack/tcp/tcp_sender.h"
#include "netstack/tcp/tcp_settings.h"
#include "netstack/tcp/tcp_state.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// The client side of TCP, sans-I/O: segments and times go in, packets come out of `PollTransmit`.
/// Runs to completion, never allocates but from the pool, never fails towards its caller.
///
/// Bytes to send are buffered first (`Buffer`) and may leave later (`Push`): what the captured
/// client said waits here until it is its turn, without another copy. Received bytes are counted,
/// not kept.
class TcpConnection {
 public:
  /// Neither is owned; both must outlive the connection.
  TcpConnection(const TcpSettings& settings, TcpMemory& memory);
  TcpConnection(const TcpConnection&) = delete;
  TcpConnection& operator=(const TcpConnection&) = delete;

  /// Who (local: ours) is to connect to whom (peer: the target), with which SYN: it bears MSS,
  /// window scale, SACK-permitted and timestamps where the captured client's `syn_options` do, the
  /// MSS bounded by our own MTU; nothing else. Once, before `Connect`.
  void Prepare(const FlowKey& flow, const TcpOptions& syn_options);
  /// CLOSED -> SYN-SENT (RFC 9293 3.10.1), with the initial sequence number `iss`. Once.
  void Connect(SeqNum iss, Instant now);

  /// Appends bytes to the send buffer; allowed in any state, before `Connect` as well. All or
  /// nothing: false when the pool has not enough blocks. After `Close` or the connection's end they
  /// are dropped.
  bool Buffer(ConstBytes bytes) { return sender_.Buffer(bytes); }
  /// Lets the next `count` buffered bytes be sent (RFC 9293 3.10.2, SEND); they must have been
  /// given to `Buffer`. Does nothing after `Close` or the connection's end.
  void Push(std::uint64_t count) { sender_.Push(count); }
  /// FIN behind the last pushed byte; buffered bytes that were not pushed are given back. Before
  /// the target's SYN-ACK it waits for that, where RFC 9293 3.10.4 would forget the connection:
  /// what the captured client did in its time is still to be done.
  void Close();
  /// What of the target's stream is not acknowledged yet is so at once, by a segment without data.
  void AckAlone() { receiver_.AckAlone(); }
  /// RST and CLOSED at once, when the connection is synchronized (RFC 9293 3.10.5). In TIME-WAIT
  /// it only ends the waiting, and the connection counts as normally closed. With bytes under way
  /// the RST may miss what the target expects; for a while (`NextTimeout`) its answer gets another.
  void Abort(Instant now);

  /// RFC 9293 3.10.7. `segment` is the target's, already known to be of this flow.
  void OnSegment(const TcpSegment& segment, Instant now);
  /// A router says that the packet of ours with number `seq` did not fit: at most `mtu` bytes of IP
  /// packet get through (RFC 1191 4, RFC 8201 4). Believed only of what is in flight, and only
  /// down to a sane size, because anybody can send such messages (RFC 5927 4).
  void OnPathMtu(SeqNum seq, std::uint32_t mtu, Instant now);
  /// To be called when `NextTimeout()` has come; does nothing when it comes too early.
  void OnTimeout(Instant now);

  /// True when `PollTransmit(now, ...)` would write a packet.
  bool HasOutput(Instant now) const;
  /// Writes the next IP packet due to `buffer` (>= mtu bytes) and returns its length; 0 when none
  /// is.
  std::size_t PollTransmit(Instant now, MutableBytes buffer);
  /// When `OnTimeout` wants to be called; `kNever` when no timer runs.
  Instant NextTimeout() const;

  /// As prepared.
  const FlowKey& flow() const { return flow_; }
  TcpState state() const { return state_; }
  CloseReason close_reason() const { return close_reason_; }
  /// True from the target's SYN-ACK on, also when the connection is closed since.
  bool was_established() const { return was_established_; }
  /// True when the target's FIN has been received in order.
  bool peer_closed() const { return receiver_.fin_received(); }
  std::uint64_t bytes_buffered() const { return sender_.bytes_buffered(); }  // and not dropped
  std::uint64_t bytes_pushed() const { return sender_.bytes_pushed(); }      // given to Push
  /// Payload bytes that the target has acknowledged.
  std::uint64_t bytes_acknowledged() const { return sender_.bytes_acknowledged(); }
  bool fin_acknowledged() const { return sender_.fin_acknowledged(); }
  /// In-order sequence space received since the target's SYN: payload bytes, plus one for its FIN.
  std::uint64_t received() const { return receiver_.received(); }
  /// True when the last in-order data segment bore PSH.
  bool last_received_push() const { return receiver_.ends_with_push(); }
  std::uint64_t retransmits() const {  // segments sent again, SYN and FIN included
    return sender_.retransmits();
  }

  /// The two halves, to look at.
  const TcpSender& sender() const { return sender_; }
  const TcpReceiver& receiver() const { return receiver_; }

 private:
  /// What our SYN offers, and later what both sides agreed on.
  struct Features {
    std::uint16_t mss = 0;       // ours, on the wire; 0: the option is left out
    std::uint16_t send_mss = 0;  // payload bytes of a full segment to the peer
    std::uint8_t window_scale = 0;
    std::uint8_t peer_window_scale = 0;
    bool scaling = false;
    bool sack = false;
    bool timestamps = false;
  };

  const TcpSettings& settings() const { return sender_.settings(); }

  void Offer(const TcpOptions& syn_options);
  void Negotiate(const TcpSegment& syn);
  std::uint16_t DefaultMss() const;
  /// What the option takes in each segment, with its padding.
  std::uint32_t TimestampBytes() const { return features_.timestamps ? 12 : 0; }
  std::uint16_t EffectiveMss(const TcpOptions& peer_options) const;
  /// Payload of the peer's full segments: bounded by our offer and by its own MTU, which its MSS
  /// tells.
  std::uint32_t PeerSegment() const;

  // RFC 9293 3.10.7.1 and 3.10.7.3.
  AckPatience Patience() const {
    return {.delay = settings().delayed_ack, .fin_waits = state_ == TcpState::kEstablished};
  }
  void OnSegmentInClosed(const TcpSegment& segment);
  void OnSegmentInSynSent(const TcpSegment& segment, Instant now);
  // RFC 9293 3.10.7.4, a function for each step; false when the segment is done with.
  bool CheckSequence(const TcpSegment& segment, Instant now);
  bool CheckReset(const TcpSegment& segment, Instant now);
  bool CheckSyn(const TcpSegment& segment, Instant now);
  bool CheckAck(const TcpSegment& segment, Instant now);
  bool CheckAckInSynReceived(const TcpSegment& segment, Instant now);
  void CheckFin(Instant now);

  void Establish(const TcpSegment& segment, std::uint32_t window, Instant now);
  void EnterTimeWait(Instant now);
  void EnterClosed(CloseReason reason);
  /// An ACK that answers nothing we needed: limited in rate, so that two ends that disagree do not
  /// answer each other forever (RFC 5961 7).
  void ChallengeAck(Instant now);
  std::uint32_t ScaledWindow(const TcpSegment& segment) const;
  /// The timestamp of ours that `segment` echoes.
  std::optional<std::uint32_t> EchoIn(const TcpSegment& segment) const;

  std::size_t WriteReset(MutableBytes buffer);
  std::size_t WriteSegment(const SendPlan& plan, Instant now, MutableBytes buffer);
  TcpOptions OptionsFor(const SendPlan& plan, Instant now) const;
  std::uint16_t WindowField(bool syn) const;
  std::size_t Finish(const TcpSegment& segment, std::size_t headers, MutableBytes buffer);

  FlowKey flow_;
  TcpSender sender_;
  TcpReceiver receiver_;
  Deadline time_wait_;  // in CLOSED: how long a RST that missed is repeated
  Instant next_challenge_ = Instant::min();
  std::optional<SeqNum> reset_;  // a RST with this number is to leave
  Features features_;
  std::uint16_t ip_id_ = 0;
  TcpState state_ = TcpState::kClosed;
  CloseReason close_reason_ = CloseReason::kNone;
  bool was_established_ = false;
};

}  // namespace tcpcopy
