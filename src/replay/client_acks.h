#pragma once

#include <cstdint>

#include "netstack/tcp/tcp_connection.h"
#include "src/replay/client_stream.h"
#include "src/replay/turn_queue.h"

namespace tcpcopy {

/// --faithful-acks: the captured client's own pattern of pure ACKs. One that acknowledged more of
/// production's answer is mirrored, by itself, as soon as as much of the target's answer has come
/// (at once, when it has come already); so is the handshake's. When several would leave at one
/// time, one does: a second would be a duplicate ACK. TCP's own reasons to acknowledge stay, so
/// that a target that answers otherwise than production is never left waiting.
class ClientAcks {
 public:
  /// `pool`, not owned, holds what was captured and not yet reached; without room in it an ACK is
  /// not mirrored.
  explicit ClientAcks(BlockPool& pool) : ahead_(pool) {}

  /// The captured client has sent `segment`, which `client` knows already. True when `connection`
  /// has an ACK to send now.
  bool OnClientSegment(const TcpSegment& segment, const ClientStream& client,
                       TcpConnection& connection);
  /// More of the target has come.
  void OnReply(TcpConnection& connection);
  /// The turn at this stream offset is sent: what the client acknowledged before it is over,
  /// whether the target has answered as much or not.
  void OnTurn(std::uint64_t offset);

 private:
  bool Mirror(TcpConnection& connection);

  TurnQueue ahead_;          // `end`: what the client had sent by then
  std::uint64_t noted_ = 0;  // response bytes acknowledged by the newest of these
  bool established_ = false;
};

}  // namespace tcpcopy
