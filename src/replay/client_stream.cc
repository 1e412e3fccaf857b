#include "src/replay/client_stream.h"

#include <algorithm>
#include <utility>

#include "netstack/base/check.h"

namespace tcpcopy {

ClientStream::ClientStream(const TcpSegment& syn, StreamMemory& memory)
    : iss_(syn.seq), memory_(memory) {}

Backlog& ClientStream::NeedBacklog() {
  if (backlog_ == nullptr) backlog_ = memory_.backlogs.New(memory_.blocks);
  return *backlog_;
}

void ClientStream::ForgetEmptyBacklog() {
  if (backlog_ != nullptr && backlog_->empty()) ForgetBacklog();
}

void ClientStream::ForgetBacklog() {
  if (backlog_ != nullptr) memory_.backlogs.Delete(std::exchange(backlog_, nullptr));
}

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

bool ClientStream::SpeaksOnAfterReset(const TcpSegment& segment) const {
  if (!HasReset() || segment.payload_length == 0) return false;
  const std::uint64_t at = OffsetOf(segment.seq);
  // What lies before the RST was merely late.
  return at != kNowhere && at >= std::max(reset_at_, next_);
}

/// RFC 7323 5.3, but with room for the disorder of captures: only where the segment's numbers may
/// be those of an older byte, 2^32 before, or of an older connection, does its timestamp decide.
bool ClientStream::IsOldDuplicate(const TcpSegment& segment, const Span& span) const {
  if (!segment.options.timestamps || segment.flags.rst() || span.offset <= next_) return false;
  const bool ambiguous = span.end >> 32 != 0 || span.end - next_ > StreamClock::kWindow;
  return ambiguous && clock_.Predates(segment.options.timestamps->value);
}

void ClientStream::NoteTimestamp(const TcpSegment& segment, const Span& span) {
  if (!segment.options.timestamps || span.offset > next_ || span.end < next_) return;
  clock_.Note(segment.options.timestamps->value, next_);
}

std::optional<ClientStream::Span> ClientStream::Place(const TcpSegment& segment) const {
  const SeqNum begin = segment.flags.syn() ? segment.seq + 1 : segment.seq;
  Span span{OffsetOf(begin), OffsetOf(begin + segment.payload_length), segment.payload};
  if (span.end == kNowhere) return std::nullopt;
  if (span.offset == kNowhere) {
    // Keep-alive probes begin one byte before the stream; what lies before it is not the client's.
    const std::uint64_t before = segment.payload_length - span.end;
    span.bytes = span.bytes.subspan(std::min<std::uint64_t>(before, span.bytes.size()));
    span.offset = 0;
  }
  return span;
}

ClientStream::Verdict ClientStream::OnSegment(const TcpSegment& segment, ByteSink& sink) {
  if (lost_) return Verdict::kNothingNew;
  std::optional<Span> span = Place(segment);
  if (span && IsOldDuplicate(segment, *span)) return Verdict::kNothingNew;
  // What its own ACK says, not the newest one: captures show segments in the wrong order, and a
  // request must not wait for its own answer.
  const std::uint64_t answered = NoteAnswered(segment);
  if (segment.flags.rst()) return OnReset(segment);
  if (SpeaksOnAfterReset(segment)) reset_at_ = kNowhere;
  if (!span) return Verdict::kNothingNew;
  NoteTimestamp(segment, *span);
  const std::uint64_t bytes_before = next_;
  const End end_before = end();
  sent_ = std::max(sent_, span->end);
  if (segment.flags.fin()) NoteFin(*span, answered);
  CutAtFin(*span);
  const bool room =
      span->offset > next_ ? HoldBack(*span, answered) : Advance(*span, answered, sink);
  ForgetEmptyBacklog();
  if (!room) return Verdict::kNoMemory;
  return next_ != bytes_before || end() != end_before ? Verdict::kProgress : Verdict::kNothingNew;
}

void ClientStream::NoteFin(const Span& span, std::uint64_t answered) {
  // A FIN before bytes that were captured already is none of this client's.
  if (fin_at_ != kNowhere ||
      span.end < std::max(next_, backlog_ == nullptr ? 0 : backlog_->held.end()))
    return;
  fin_at_ = span.end;
  end_answered_ = answered;
}

void ClientStream::CutAtFin(Span& span) {
  const std::uint64_t room = fin_at_ - std::min(fin_at_, span.offset);
  if (span.bytes.size() <= room) return;
  conflicting_bytes_ += span.bytes.size() - room;
  span.bytes = span.bytes.first(room);
}

bool ClientStream::HoldBack(const Span& span, std::uint64_t answered) {
  if (span.bytes.empty()) return true;
  HeldSegments& held = NeedBacklog().held;
  const HeldSegments::Kept kept = held.Hold(span.offset, answered, span.bytes);
  conflicting_bytes_ += kept.conflicting;
  // More than can be held is as if it had not been captured: it is missing when its turn comes.
  return kept.until == span.offset + span.bytes.size() || held.full();
}

/// Takes what is next in order, from `span` and from what was held, each byte as it was captured
/// first. `span` does not begin beyond `next_`.
bool ClientStream::Advance(const Span& span, std::uint64_t answered, ByteSink& sink) {
  CompareKnown(span, sink);
  const std::uint64_t end = span.offset + span.bytes.size();
  while (true) {
    const ConstBytes rest = span.bytes.subspan(std::min(next_, end) - span.offset);
    HeldSegments* const held = backlog_ == nullptr ? nullptr : &backlog_->held;
    const HeldSegments::Piece piece = held == nullptr ? HeldSegments::Piece() : held->At(next_);
    if (!piece.bytes.empty()) {
      conflicting_bytes_ += CountDifferent(piece.bytes, rest);
      if (!Deliver(piece.bytes, piece.answered, sink)) return false;
    } else if (!rest.empty()) {
      const std::uint64_t hole = held == nullptr ? rest.size() : held->first() - next_;
      const std::uint64_t count = std::min<std::uint64_t>(rest.size(), hole);
      if (!Deliver(rest.first(count), answered, sink)) return false;
    } else {
      return true;
    }
  }
}

void ClientStream::CompareKnown(const Span& span, const ByteSink& sink) {
  const std::uint64_t known = std::min<std::uint64_t>(next_ - span.offset, span.bytes.size());
  // A keep-alive probe may repeat the last byte with any value (RFC 9293 3.8.4).
  const bool probe = span.bytes.size() == 1 && span.end == next_;
  if (known == 0 || probe) return;
  conflicting_bytes_ += sink.CountDifferentAt(span.offset, span.bytes.first(known));
}

bool ClientStream::Deliver(ConstBytes bytes, std::uint64_t answered, ByteSink& sink) {
  if (!sink.Append(bytes)) return false;
  next_ += bytes.size();
  return ExtendTurn(answered);
}

bool ClientStream::ExtendTurn(std::uint64_t answered) {
  if (turns_ > 0 && answered <= newest_.answered) {
    newest_.end = next_;
    return true;
  }
  if (turns_ > 0) {
    Backlog& backlog = NeedBacklog();
    TurnQueue& queue = newest_.end > taken_ ? backlog.waiting : backlog.in_flight;
    if (!queue.PushBack(newest_)) return false;
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

std::uint64_t ClientStream::TakeNext() {
  const std::optional<Turn> turn = Next();
  TCPCOPY_CHECK(turn.has_value());
  const std::uint64_t count = turn->end - taken_;
  taken_ = turn->end;
  if (HasWaiting()) {
    backlog_->waiting.PopFront();
    // Without a block to remember it in, only its count is at stake: taken as acknowledged.
    if (!backlog_->in_flight.PushBack(*turn)) ++turns_acknowledged_;
  }
  return count;
}

void ClientStream::OnAcknowledged(std::uint64_t acknowledged) {
  if (backlog_ == nullptr) return;
  TurnQueue& in_flight = backlog_->in_flight;
  while (!in_flight.empty() && in_flight.front().end <= acknowledged) {
    in_flight.PopFront();
    ++turns_acknowledged_;
  }
  ForgetEmptyBacklog();
}

std::uint64_t ClientStream::TurnsAcknowledged(std::uint64_t acknowledged) {
  OnAcknowledged(acknowledged);
  const bool newest = turns_ > 0 && newest_.end <= taken_ && newest_.end <= acknowledged;
  return turns_acknowledged_ + (newest ? 1 : 0);
}

}  // namespace tcpcopy
