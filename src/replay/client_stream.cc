#include "src/replay/client_stream.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {

ClientStream::ClientStream(const TcpSegment& syn, BlockPool& pool)
    : iss_(syn.seq), waiting_(pool), in_flight_(pool), held_(pool) {}

std::uint64_t ClientStream::OffsetOf(SeqNum seq) const {
  // Unwrapped against the newest byte known: a capture never strays half the circle from it.
  const SeqNum expected = iss_ + 1 + static_cast<std::uint32_t>(next_);
  const std::int64_t offset = static_cast<std::int64_t>(next_) + (seq - expected);
  return offset < 0 ? kNowhere : static_cast<std::uint64_t>(offset);
}

std::uint64_t ClientStream::NoteAnswered(const TcpSegment& segment) {
  // A RST may bear any ACK number; its sender has seen no more than its last real ACK says.
  if (!segment.flags.ack() || segment.flags.syn() || segment.flags.rst()) return answered_;
  if (!first_ack_) first_ack_ = segment.ack;
  const SeqNum newest = *first_ack_ + static_cast<std::uint32_t>(answered_);
  std::int64_t seen = static_cast<std::int64_t>(answered_) + (segment.ack - newest);
  if (seen < 0 && turns_ == 0) {  // the handshake's ACK, captured behind a later one
    first_ack_ = segment.ack;
    answered_ += static_cast<std::uint64_t>(-seen);
  }
  seen = std::max<std::int64_t>(seen, 0);
  answered_ = std::max(answered_, static_cast<std::uint64_t>(seen));
  return static_cast<std::uint64_t>(seen);
}

ClientStream::Verdict ClientStream::OnReset(const TcpSegment& segment) {
  const std::uint64_t offset = OffsetOf(segment.seq);
  // A FIN takes a number as well, but no byte.
  const std::uint64_t at = offset == kNowhere ? next_ : std::min(std::max(offset, next_), fin_at_);
  if (at >= reset_at_) return Verdict::kNothingNew;
  reset_at_ = at;
  end_answered_ = answered_;
  return Verdict::kProgress;
}

ClientStream::Verdict ClientStream::OnSegment(const TcpSegment& segment, ByteSink& sink) {
  if (lost_) return Verdict::kNothingNew;
  // What its own ACK says, not the newest one: captures show segments in the wrong order, and a
  // request must not wait for its own answer.
  const std::uint64_t answered = NoteAnswered(segment);
  if (segment.flags.rst()) return OnReset(segment);
  if (HasReset()) {
    if (segment.payload_length == 0) return Verdict::kNothingNew;
    const std::uint64_t at = OffsetOf(segment.seq);
    // Who says something new has not been reset; what lies before the RST was merely late.
    if (at != kNowhere && at >= std::max(reset_at_, next_)) reset_at_ = kNowhere;
  }

  std::uint64_t offset = OffsetOf(segment.flags.syn() ? segment.seq + 1 : segment.seq);
  ConstBytes bytes = segment.payload;
  const std::uint64_t before = next_;
  const End end_before = end();
  if (offset == kNowhere) {
    // Keep-alive probes begin one byte before the stream; what lies before it is not the client's.
    const std::uint32_t skip = static_cast<std::uint32_t>((iss_ + 1) - segment.seq);
    bytes = bytes.subspan(std::min<std::size_t>(skip, bytes.size()));
    if (skip > segment.payload_length) return Verdict::kNothingNew;
    offset = 0;
  }
  if (segment.payload_length > segment.payload.size() && offset + bytes.size() >= next_) {
    cut_at_ = std::min(cut_at_, offset + bytes.size());
  }
  if (segment.flags.fin() && fin_at_ == kNowhere) {
    fin_at_ = segment.flags.syn() ? segment.payload_length
                                  : OffsetOf(segment.seq + segment.payload_length);
    end_answered_ = answered;
  }
  if (offset > next_) {
    return held_.Hold(offset, answered, bytes) ? Verdict::kNothingNew : Verdict::kNoMemory;
  }
  const std::uint64_t known = next_ - offset;
  if (known < bytes.size()) {
    if (!Deliver(bytes.subspan(known), answered, sink)) return Verdict::kNoMemory;
    for (auto piece = held_.At(next_); !piece.bytes.empty(); piece = held_.At(next_)) {
      if (!Deliver(piece.bytes, piece.answered, sink)) return Verdict::kNoMemory;
    }
  }
  if (cut_at_ < next_) cut_at_ = kNowhere;  // a retransmission brought what was cut
  const bool ended = end() != end_before;
  return next_ != before || ended ? Verdict::kProgress : Verdict::kNothingNew;
}

bool ClientStream::Deliver(ConstBytes bytes, std::uint64_t answered, ByteSink& sink) {
  if (!sink.Append(bytes)) return false;
  next_ += bytes.size();
  return ExtendTurn(answered);
}

bool ClientStream::ExtendTurn(std::uint64_t answered) {
  if (newest_ && answered <= newest_->answered) {
    newest_->end = next_;
    return true;
  }
  if (newest_) {
    TurnQueue& queue = newest_->end > taken_ ? waiting_ : in_flight_;
    if (!queue.PushBack(*newest_)) return false;
  }
  newest_ = Turn{next_, answered};
  ++turns_;
  return true;
}

void ClientStream::OnCaptureEnd() {
  if (end() != End::kOpen) return;
  lost_ = true;
  end_answered_ = answered_;
}

std::optional<Turn> ClientStream::Next() const {
  if (!waiting_.empty()) return waiting_.front();
  if (newest_ && newest_->end > taken_) return newest_;
  if (end() == End::kOpen) return std::nullopt;
  return Turn{next_, end_answered_};
}

std::uint64_t ClientStream::TakeNext() {
  const std::optional<Turn> turn = Next();
  TCPCOPY_CHECK(turn.has_value());
  const std::uint64_t count = turn->end - taken_;
  taken_ = turn->end;
  if (!waiting_.empty()) {
    waiting_.PopFront();
    // Without a block to remember it in, only its count is at stake: taken as acknowledged.
    if (!in_flight_.PushBack(*turn)) ++turns_acknowledged_;
  }
  return count;
}

void ClientStream::OnAcknowledged(std::uint64_t acknowledged) {
  while (!in_flight_.empty() && in_flight_.front().end <= acknowledged) {
    in_flight_.PopFront();
    ++turns_acknowledged_;
  }
}

std::uint64_t ClientStream::TurnsAcknowledged(std::uint64_t acknowledged) {
  OnAcknowledged(acknowledged);
  const bool newest = newest_ && newest_->end <= taken_ && newest_->end <= acknowledged;
  return turns_acknowledged_ + (newest ? 1 : 0);
}

ClientStream::End ClientStream::end() const {
  if (next_ >= reset_at_) return End::kReset;
  if (HasFin()) return End::kFin;
  return lost_ ? End::kLost : End::kOpen;
}

bool ClientStream::HasGap() const {
  const std::uint64_t known_end = std::min(fin_at_, reset_at_);
  return !held_.empty() || cut_at_ != kNowhere || (known_end != kNowhere && next_ < known_end);
}

}  // namespace tcpcopy
