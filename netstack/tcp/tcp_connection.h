#pragma once

#include <cstdint>

#include "netstack/base/block_pool.h"
#include "netstack/base/bytes.h"
#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// What all connections of a process share.
struct TcpSettings {
  std::uint16_t mtu = 1500;                              // largest IP packet to send, bytes
  std::uint16_t max_mss = 65495;                         // MSS bound, bytes (-D)
  std::uint32_t receive_window = 1U << 20;               // bytes to advertise where scaling allows
  Duration initial_rto = std::chrono::seconds(1);        // RFC 6298 2.1
  Duration min_rto = std::chrono::milliseconds(200);     // below RFC 6298 2.4's second, as Linux
  Duration max_rto = std::chrono::seconds(60);           // RFC 6298 2.5
  Duration delayed_ack = std::chrono::milliseconds(40);  // RFC 9293 3.8.6.3: below 0.5 s
  Duration time_wait = std::chrono::seconds(1);          // short form: only re-ACKs a lost last ACK
  int max_syn_retransmits = 6;
  int max_retransmits = 10;  // then `CloseReason::kTimedOut`
};

/// One connection's opening: who, from which number, with which SYN.
struct TcpOpen {
  FlowKey flow;  // local: ours; peer: the target
  SeqNum iss;
  TcpOptions syn_options;  // of the captured client's SYN; see TcpConnection::Connect
};

enum class TcpState : std::uint8_t {  // RFC 9293 3.3.2, LISTEN left out
  kClosed,
  kSynSent,
  kSynReceived,
  kEstablished,
  kFinWait1,
  kFinWait2,
  kCloseWait,
  kClosing,
  kLastAck,
  kTimeWait,
};

enum class CloseReason : std::uint8_t {
  kNone,      // not closed, or never opened
  kNormal,    // FINs of both sides exchanged
  kRefused,   // RST in SYN-SENT
  kReset,     // RST later
  kTimedOut,  // retransmissions were never answered
  kAborted,   // Abort() was called
};

/// The client side of TCP, sans-I/O: segments and times go in, packets come out of `PollTransmit`.
/// Runs to completion, never allocates but from the pool, never fails towards its caller.
///
/// Bytes to send are buffered first (`Buffer`) and may leave later (`Push`): what the captured
/// client said waits here until it is its turn, without another copy. Received bytes are counted,
/// not kept.
class TcpConnection {
 public:
  /// Neither is owned; both must outlive the connection.
  TcpConnection(const TcpSettings& settings, BlockPool& pool);
  ~TcpConnection();

  /// CLOSED -> SYN-SENT (RFC 9293 3.10.1). The SYN bears MSS, window scale, SACK-permitted and
  /// timestamps where `open.syn_options` does, the MSS bounded by our own MTU; nothing else.
  void Connect(const TcpOpen& open, Instant now);

  /// Appends bytes to the send buffer; allowed in any state, before `Connect` as well. All or
  /// nothing: false when the pool has not enough blocks.
  bool Buffer(ConstBytes bytes);
  /// Lets the next `count` buffered bytes be sent (RFC 9293 3.10.2, SEND).
  void Push(std::uint64_t count);
  /// FIN behind the last pushed byte; buffered bytes that were not pushed are given back.
  void Close();
  /// RST and CLOSED at once, when the connection is synchronized (RFC 9293 3.10.5).
  void Abort();

  /// RFC 9293 3.10.7. `segment` is the target's, already known to be of this flow.
  void OnSegment(const TcpSegment& segment, Instant now);
  /// To be called when `NextTimeout()` has come; does nothing when it comes too early.
  void OnTimeout(Instant now);

  /// True when `PollTransmit(now, ...)` would write a packet.
  bool HasOutput(Instant now) const;
  /// Writes the next IP packet due to `buffer` (>= mtu bytes) and returns its length; 0 when none
  /// is.
  std::size_t PollTransmit(Instant now, MutableBytes buffer);
  /// When `OnTimeout` wants to be called; `kNever` when no timer runs.
  Instant NextTimeout() const;

  TcpState state() const;
  CloseReason close_reason() const;
  /// True from the target's SYN-ACK on, also when the connection is closed since.
  bool was_established() const;
  /// True when the target's FIN has been received in order.
  bool peer_closed() const;
  std::uint64_t bytes_buffered() const;      // ever given to Buffer
  std::uint64_t bytes_pushed() const;        // ever given to Push
  std::uint64_t bytes_acknowledged() const;  // payload bytes that the target has acknowledged
  bool fin_acknowledged() const;
  /// In-order sequence space received since the target's SYN: payload bytes, plus one for its FIN.
  std::uint64_t received() const;
  /// True when the last in-order data segment bore PSH.
  bool last_received_push() const;
  std::uint64_t retransmits() const;  // segments sent again, SYN and FIN included
};

}  // namespace tcpcopy
