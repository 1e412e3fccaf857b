#pragma once

#include <optional>

#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// Finds where a request begins in a connection whose beginning was not captured, from the client's
/// side alone: at payload before which production has said something since the client last spoke.
/// That shows in a higher ACK than the client's payload before bore, or in an ACK without payload,
/// which clients send for what they received. A value.
class RequestBoundary {
 public:
  /// Takes the next captured segment; true when a request begins with it. Never true right behind
  /// bytes that the capture misses or shows in the wrong order: they may belong to the request.
  bool BeginsWith(const TcpSegment& segment);

 private:
  void OnAck(const TcpSegment& segment);

  std::optional<SeqNum> next_;   // behind the newest byte of the client
  std::optional<SeqNum> heard_;  // what the client had acknowledged when it last spoke
  bool answered_ = false;        // since it last spoke
};

}  // namespace tcpcopy
