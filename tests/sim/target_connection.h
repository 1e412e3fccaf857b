#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "netstack/base/prng.h"
#include "netstack/base/time.h"
#include "netstack/wire/flow_key.h"
#include "netstack/wire/tcp_segment.h"
#include "tests/sim/packet.h"
#include "tests/sim/target_receiver.h"
#include "tests/sim/target_sender.h"
#include "tests/sim/target_setup.h"

namespace tcpcopy::sim {

/// One connection that a target accepted, with what its application does on it.
class TargetConnection {
 public:
  using Send = std::function<void(Packet)>;
  /// Called whenever the client's stream or state may have changed.
  using Application = std::function<void(TargetConnection&)>;

  /// What all connections of a target share.
  struct Host {
    TargetSetup setup;
    Application application;
    Send send;
  };

  /// `flow`: as the client names it. `host` is not owned.
  TargetConnection(const Host& host, const FlowKey& flow, const TcpSegment& syn, Prng prng,
                   Instant now);

  void OnSegment(const TcpSegment& segment, Instant now);
  /// A SYN for the same ports. True when this connection stands in its way no more.
  bool MakesWayFor(const TcpSegment& syn, Instant now);
  void OnTime(Instant now);
  Instant NextTimer() const;

  // The application's side.

  const FlowKey& flow() const { return flow_; }
  std::uint32_t irs() const { return receiver_.irs(); }
  const std::string& received() const { return receiver_.data().stream(); }
  bool fin_received() const { return receiver_.data().fin_received(); }
  bool reset_received() const { return life_ == Life::kReset; }
  bool established() const { return sender_.synchronized(); }
  /// Bytes came again as others.
  bool contradicted() const { return contradicted_; }
  void Write(std::uint64_t bytes) { sender_.Write(bytes); }
  void Close() { sender_.Close(); }
  /// Resets the connection, and knows nothing of it from then on: more of it is reset as well.
  void Reset();
  /// The host is gone without a word.
  void Vanish();

  std::size_t turn = 0;  // for the application's own use

 private:
  enum class Life { kOpen, kReset, kForgotten, kGone };

  bool IsTimeWait() const;
  void Output(Instant now);
  void Challenge(Instant now);
  void SendReset(SeqNum seq, bool with_ack);
  void Emit(const TargetSender::Piece& piece, std::uint8_t flags, Instant now);
  void EmitAck(Instant now);
  void StopTimers();

  const Host& host_;
  const FlowKey flow_;
  Prng prng_;
  const bool scaling_;
  const bool timestamps_;
  const bool sack_;
  const std::uint8_t peer_scale_;
  const std::uint32_t clock_offset_;
  TargetReceiver receiver_;
  TargetSender sender_;
  Life life_ = Life::kOpen;
  bool closed_first_ = false;
  bool contradicted_ = false;
};

}  // namespace tcpcopy::sim
