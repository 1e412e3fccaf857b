#include "tests/sim/target_sender.h"

#include "tests/sim/packet.h"

namespace tcpcopy::sim {

bool TargetSender::Outstanding() const {
  return sent_ > acked_ || sent_ < written_ || (fin_sent_ && !fin_acked_);
}

TargetSender::Ack TargetSender::TakeAck(SeqNum ack, Instant now) {
  const std::int64_t offset = OffsetOf(ack, iss_, acked_);
  const auto acked = static_cast<std::int64_t>(acked_) + (fin_acked_ ? 1 : 0);
  if (offset > static_cast<std::int64_t>(position())) return Ack::kUnsent;
  if (offset < acked || offset < 0) return Ack::kOld;
  const bool advances = offset > acked || !synchronized_;
  synchronized_ = true;
  acked_ = std::min(static_cast<std::uint64_t>(offset), sent_);
  fin_acked_ = fin_sent_ && static_cast<std::uint64_t>(offset) > sent_;
  if (advances) {
    backoff_ = 0;
    StartTimer(now);
  }
  if (!Outstanding()) timer_ = kNever;
  return Ack::kCurrent;
}

std::optional<TargetSender::Piece> TargetSender::Next(Instant now) {
  Piece piece{.offset = sent_};
  const std::uint64_t edge = acked_ + std::min<std::uint64_t>(kFlight, window_);
  if (sent_ < written_ && sent_ < edge) {
    piece.length = std::min({mss_, written_ - sent_, edge - sent_});
    piece.psh = sent_ + piece.length == written_;
    sent_ += piece.length;
  } else if (closing_ && !fin_sent_ && sent_ == written_) {
    piece.fin = fin_sent_ = true;
  } else {
    if (timer_ == kNever && Outstanding()) StartTimer(now);  // to probe the window
    return std::nullopt;
  }
  if (timer_ == kNever) StartTimer(now);
  return piece;
}

TargetSender::Piece TargetSender::Repeat(Instant now) {
  backoff_ = std::min(backoff_ + 1, 6);
  StartTimer(now);
  Piece piece{.offset = acked_, .length = std::min(mss_, sent_ - acked_)};
  if (!synchronized_ || piece.length > 0) return piece;
  if (fin_sent_) {
    piece.fin = true;
  } else if (sent_ < written_) {  // a window probe
    piece.length = 1;
    ++sent_;
  }
  return piece;
}

}  // namespace tcpcopy::sim
