#pragma once

#include <cstdint>

#include "netstack/wire/tcp_segment.h"

namespace tcpcopy {

/// Counts the payload bytes of a client that is not replayed, each once, by sequence numbers alone.
/// Bytes that are captured behind later ones are not counted. A value.
class StreamBytes {
 public:
  /// Counting begins at `next`.
  explicit StreamBytes(SeqNum next = {}) : next_(next) {}

  /// Payload bytes of `segment` that are new.
  std::uint64_t CountNew(const TcpSegment& segment) {
    const SeqNum begin = segment.flags.syn() ? segment.seq + 1 : segment.seq;
    const SeqNum end = begin + segment.payload_length;
    // What a RST bears is a reason, not data (RFC 9293 3.10.7.4).
    if (segment.payload_length == 0 || segment.flags.rst() || end <= next_) return 0;
    const SeqNum from = begin > next_ ? begin : next_;
    next_ = end;
    return static_cast<std::uint64_t>(end - from);
  }

 private:
  SeqNum next_;
};

}  // namespace tcpcopy
