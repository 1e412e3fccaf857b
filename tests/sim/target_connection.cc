#include "tests/sim/target_connection.h"

#include <algorithm>

namespace tcpcopy::sim {
namespace {

constexpr std::uint16_t kMinMss = 64;

std::uint64_t FullSegment(const TargetSetup& setup, const FlowKey& flow, const TcpSegment& syn,
                          bool timestamps) {
  const std::uint16_t by_default = flow.local.address.IsV4() ? 536 : 1220;
  const std::uint16_t peer = std::max(kMinMss, syn.options.mss.value_or(by_default));
  return std::min(peer, setup.mss.value_or(by_default)) - (timestamps ? 12U : 0U);
}

}  // namespace

TargetConnection::TargetConnection(const Host& host, const FlowKey& flow, const TcpSegment& syn,
                                   Prng prng, Instant now)
    : host_(host),
      flow_(flow),
      prng_(prng),
      scaling_(host.setup.window_scale && syn.options.window_scale),
      timestamps_(host.setup.timestamps && syn.options.timestamps),
      sack_(host.setup.sack && syn.options.sack_permitted),
      peer_scale_(scaling_ ? *syn.options.window_scale : 0),
      clock_offset_(static_cast<std::uint32_t>(prng_.Next())),
      receiver_(host.setup, prng_.Fork("receiver"), syn),
      sender_(host.setup, static_cast<std::uint32_t>(prng_.Next()),
              FullSegment(host.setup, flow, syn, timestamps_)) {
  sender_.SetWindow(syn.window);
  Emit({}, TcpFlags::kSyn | TcpFlags::kAck, now);
  sender_.OnSynSent(now);
}

// --- Segments in ---

void TargetConnection::OnSegment(const TcpSegment& segment, Instant now) {
  if (life_ == Life::kForgotten && !segment.flags.rst()) SendReset(segment.ack, false);
  if (life_ != Life::kOpen) return;
  if (!receiver_.Accepts(segment) || (timestamps_ && receiver_.IsOld(segment))) {
    if (!segment.flags.rst()) Challenge(now);
    return;
  }
  if (segment.flags.rst()) {
    // RFC 5961 3.2: one with another number than the next may be forged.
    if (segment.seq != NumberOf(receiver_.data().next(), receiver_.irs())) return Challenge(now);
    life_ = Life::kReset;
    return StopTimers();
  }
  if (segment.flags.syn()) return Challenge(now);
  if (!segment.flags.ack()) return;
  switch (sender_.TakeAck(segment.ack, now)) {
    case TargetSender::Ack::kUnsent:
      return sender_.synchronized() ? Challenge(now) : SendReset(segment.ack, false);
    case TargetSender::Ack::kCurrent:
      sender_.SetWindow(std::uint32_t{segment.window} << peer_scale_);
      break;
    case TargetSender::Ack::kOld:
      break;
  }
  if (!sender_.synchronized()) return;
  if (!receiver_.Take(segment, now)) contradicted_ = true;
  host_.application(*this);
  if (life_ == Life::kOpen) Output(now);
}

bool TargetConnection::IsTimeWait() const {
  return closed_first_ && fin_received() && sender_.fin_acked();
}

bool TargetConnection::MakesWayFor(const TcpSegment& syn, Instant now) {
  if (life_ == Life::kGone) return false;
  const bool same = syn.seq.raw() == receiver_.irs();
  if (same && life_ == Life::kOpen && !sender_.synchronized()) {
    Emit({}, TcpFlags::kSyn | TcpFlags::kAck, now);
    return false;
  }
  if (same && life_ == Life::kForgotten) SendReset(syn.seq, true);
  if (same) return false;
  if (life_ != Life::kOpen) return true;
  if (fin_received() && sender_.fin_acked()) {
    // RFC 9293 3.6.1: a SYN may revive what is in TIME-WAIT when it is certainly new.
    const bool is_new = syn.seq > NumberOf(receiver_.data().next(), receiver_.irs());
    if (!IsTimeWait() || is_new) return true;
  }
  Challenge(now);
  return false;
}

void TargetConnection::Reset() {
  SendReset(NumberOf(sender_.position(), sender_.iss()), true);
  life_ = Life::kForgotten;
  StopTimers();
}

void TargetConnection::Vanish() {
  life_ = Life::kGone;
  StopTimers();
}

void TargetConnection::StopTimers() { sender_.Stop(); }

// --- Segments out ---

void TargetConnection::Challenge(Instant now) {
  receiver_.AckNow();
  Output(now);
}

void TargetConnection::Output(Instant now) {
  while (sender_.synchronized()) {
    const auto piece = sender_.Next(now);
    if (!piece) break;
    if (piece->fin) closed_first_ = !fin_received();
    Emit(*piece, TcpFlags::kAck, now);
  }
  if (!receiver_.AckDue()) return;
  EmitAck(now);
  if (host_.setup.repeats_acks > 0 && prng_.Below(1000) < host_.setup.repeats_acks) EmitAck(now);
}

void TargetConnection::EmitAck(Instant now) {
  Emit({.offset = sender_.position()}, TcpFlags::kAck, now);
}

void TargetConnection::Emit(const TargetSender::Piece& piece, std::uint8_t flags, Instant now) {
  const bool syn = (flags & TcpFlags::kSyn) != 0;
  TcpSegment segment;
  segment.seq = NumberOf(piece.offset, sender_.iss());
  if (syn) segment.seq = SeqNum(sender_.iss());
  segment.flags.bits = static_cast<std::uint8_t>(flags | (piece.fin ? TcpFlags::kFin : 0) |
                                                 (piece.psh ? TcpFlags::kPsh : 0));
  if (syn) {
    segment.options.mss = host_.setup.mss;
    if (scaling_) segment.options.window_scale = host_.setup.window_scale;
    segment.options.sack_permitted = sack_;
  }
  if (timestamps_) {
    const auto clock =
        static_cast<std::uint32_t>(now.time_since_epoch() / std::chrono::milliseconds(1));
    segment.options.timestamps = TcpTimestamps{clock + clock_offset_, receiver_.ts_recent()};
  }
  receiver_.Tell(segment, !syn && scaling_ ? *host_.setup.window_scale : 0, sack_ && !syn);
  host_.send(MakePacket(flow_.Reversed(), segment, std::string(piece.length, 'a')));
}

void TargetConnection::SendReset(SeqNum seq, bool with_ack) {
  TcpSegment segment;
  segment.seq = seq;
  segment.flags.bits = TcpFlags::kRst;
  if (with_ack) {
    segment.flags.bits |= TcpFlags::kAck;
    segment.ack = NumberOf(receiver_.data().next(), receiver_.irs());
  }
  host_.send(MakePacket(flow_.Reversed(), segment, ""));
}

// --- Time ---

void TargetConnection::OnTime(Instant now) {
  if (life_ != Life::kOpen) return;
  if (receiver_.NextTimer() <= now) {
    receiver_.OnTime(now);
    Output(now);
  }
  if (!sender_.IsDue(now)) return;
  const TargetSender::Piece piece = sender_.Repeat(now);
  Emit(piece, sender_.synchronized() ? TcpFlags::kAck : TcpFlags::kSyn | TcpFlags::kAck, now);
}

Instant TargetConnection::NextTimer() const {
  return life_ == Life::kOpen ? std::min(receiver_.NextTimer(), sender_.timer()) : kNever;
}

}  // namespace tcpcopy::sim
