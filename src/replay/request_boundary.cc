#include "src/replay/request_boundary.h"

namespace tcpcopy {

void RequestBoundary::OnAck(const TcpSegment& segment) {
  // Keep-alive probes and what the capture shows late begin before the newest byte.
  if (next_ && segment.seq < *next_) return;
  const bool beyond = !next_ || segment.seq > *next_;
  if (beyond || !heard_ || segment.ack > *heard_) answered_ = true;
  next_ = segment.seq;
}

bool RequestBoundary::BeginsWith(const TcpSegment& segment) {
  if (!segment.flags.ack() || segment.flags.rst() || segment.flags.syn()) return false;
  if (segment.payload_length == 0) {
    OnAck(segment);
    return false;
  }
  const SeqNum end = segment.seq + segment.payload_length;
  if (next_ && end <= *next_) return false;  // nothing new
  const bool in_order = next_ && segment.seq == *next_;
  const bool begins = in_order && (answered_ || (heard_ && segment.ack > *heard_));
  next_ = end;
  heard_ = segment.ack;
  answered_ = false;
  return begins;
}

}  // namespace tcpcopy
