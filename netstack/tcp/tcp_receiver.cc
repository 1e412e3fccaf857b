#include "netstack/tcp/tcp_receiver.h"

#include <algorithm>
#include <utility>

namespace tcpcopy {
namespace {

// No sane path carries less, and tiny segments shall not count as full-sized.
constexpr std::uint32_t kMinFullSegment = 536;

}  // namespace

void TcpReceiver::Open(SeqNum irs) {
  rcv_.irs = irs;
  rcv_.nxt = 1;
  full_segment_ = kMinFullSegment;
}

void TcpReceiver::OnText(const TcpSegment& segment, const AckPatience& patience, Instant now) {
  if (segment.Length() == 0) return;
  // Signed, because an old segment may begin before position zero.
  const auto next = static_cast<std::int64_t>(rcv_.nxt);
  const std::int64_t start = next + (segment.seq - ack_number()) + (segment.flags.syn() ? 1 : 0);
  const std::int64_t text_end = start + segment.payload_length;
  std::int64_t edge = next + rcv_.wnd;
  if (segment.flags.fin() && !fin_known_ && text_end >= next && text_end < edge) {
    fin_known_ = true;
    fin_ = static_cast<std::uint64_t>(text_end);
  }
  if (fin_known_) edge = std::min(edge, static_cast<std::int64_t>(fin_) + 1);
  const std::int64_t left = std::max(start, next);
  const std::int64_t right = std::min(text_end + (segment.flags.fin() ? 1 : 0), edge);
  if (segment.flags.psh() && segment.payload_length > 0 && text_end > 0 && text_end <= edge) {
    push_ = std::max(push_, static_cast<std::uint64_t>(text_end));
  }
  if (right <= left) {
    // Nothing new in it: our ACK was lost, say it again.
    if (segment.payload_length > 0 || segment.flags.fin()) OnDuplicate(segment);
    return;
  }
  if (start < next && text_end > start) NoteTwice(segment.seq, ack_number());
  const SeqNum left_number = rcv_.Number(static_cast<std::uint64_t>(left));
  const SeqNum right_number = rcv_.Number(static_cast<std::uint64_t>(right));
  if (left > next) {
    for (const SackBlock& range : Ahead()) {
      const SeqNum both_left = std::max(range.left, left_number);
      const SeqNum both_right = std::min(range.right, right_number);
      if (both_left < both_right) NoteTwice(both_left, both_right);
    }
    NoteAhead(left_number, right_number);
    AckNow();
    return;
  }
  const bool had_holes = has_hole();
  const SeqNum in_order = AdvanceTo(right_number);
  rcv_.nxt = static_cast<std::uint64_t>(right + (in_order - right_number));
  if (fin_known_) rcv_.nxt = std::min(rcv_.nxt, fin_ + 1);
  // A hole filled, a FIN, or partly known bytes (a retransmission): the peer waits (RFC 5681 4.2).
  if (had_holes || (fin_received() && !patience.fin_waits) || start < next) {
    AckNow();
  } else {
    AckInTime(segment.payload_length, patience.delay, now);
  }
}

std::span<const SackBlock> TcpReceiver::Ahead() const {
  return has_hole() ? ahead_->ranges() : std::span<const SackBlock>();
}

void TcpReceiver::NoteAhead(SeqNum left, SeqNum right) {
  if (!has_hole()) ahead_ = memory_.assemblers.New();
  ahead_->Insert(left, right);
}

SeqNum TcpReceiver::AdvanceTo(SeqNum next) {
  if (!has_hole()) return next;
  const SeqNum in_order = ahead_->Advance(next);
  if (ahead_->empty()) ForgetAhead();
  return in_order;
}

void TcpReceiver::ForgetAhead() {
  if (has_hole()) memory_.assemblers.Delete(std::exchange(ahead_, nullptr));
}

void TcpReceiver::OnDuplicate(const TcpSegment& segment) {
  AckNow();
  const SeqNum right = segment.seq + segment.payload_length;
  // What lies before our stream is not of this connection: the peer's ports were used before.
  const bool is_ours = ack_number() - segment.seq < static_cast<std::int64_t>(rcv_.nxt);
  if (segment.payload_length > 0 && is_ours && right <= ack_number()) NoteTwice(segment.seq, right);
}

void TcpReceiver::NoteTwice(SeqNum left, SeqNum right) {
  if (twice_.left == twice_.right) twice_ = {left, right};  // the first of them, RFC 2883 4
}

void TcpReceiver::AckInTime(std::uint32_t payload_length, Duration delayed_ack, Instant now) {
  // A captured packet may be several of the peer's segments merged (GRO), so a larger one than
  // the MSS says nothing about the size of the segments in it.
  full_segment_ = std::max(full_segment_, std::min(payload_length, max_segment_));
  unacked_bytes_ += payload_length;
  if (unacked_bytes_ >= 2 * full_segment_) {
    AckNow();
  } else if (!delayed_ack_.IsSet()) {
    delayed_ack_.Set(now + delayed_ack);
  }
}

bool TcpReceiver::ends_with_push() const {
  return push_ > 0 && push_ == rcv_.nxt - (fin_received() ? 1 : 0);
}

bool TcpReceiver::IsOldByTimestamp(const TcpTimestamps& timestamps) const {
  return static_cast<std::int32_t>(timestamps.value - ts_recent_) < 0;
}

void TcpReceiver::NoteTimestamp(SeqNum seq, std::uint32_t value) {
  if (seq <= rcv_.Number(rcv_.last_ack)) ts_recent_ = value;
}

void TcpReceiver::OnAckSent() {
  rcv_.last_ack = rcv_.nxt;
  unacked_bytes_ = 0;
  ack_now_ = false;
  ack_alone_ = false;
  twice_ = {};
  delayed_ack_.Clear();
}

void TcpReceiver::FillSack(std::size_t limit, TcpOptions* options) const {
  limit = std::min(limit, TcpOptions::kMaxSackBlocks);
  std::uint8_t count = 0;
  if (twice_.left != twice_.right) options->sack[count++] = twice_;
  for (const SackBlock& range : Ahead()) {
    if (count == limit) break;
    options->sack[count++] = range;
  }
  options->sack_count = count;
}

void TcpReceiver::OnTimeout(Instant now) {
  if (!delayed_ack_.HasCome(now)) return;
  delayed_ack_.Clear();
  AckNow();
}

void TcpReceiver::Stop() {
  ack_now_ = false;
  delayed_ack_.Clear();
}

}  // namespace tcpcopy
