#include "netstack/tcp/tcp_connection.h"

#include <algorithm>

#include "netstack/base/check.h"
#include "netstack/tcp/timestamp_clock.h"
#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

constexpr std::uint8_t kMaxWindowScale = 14;  // RFC 7323 2.3
constexpr std::uint32_t kMinSendMss = 48;     // whatever the peer claims, as Linux
constexpr Duration kChallengeInterval = std::chrono::milliseconds(500);

}  // namespace

TcpConnection::TcpConnection(const TcpSettings& settings, TcpMemory& memory)
    : sender_(settings, memory), receiver_(memory) {}

// --- What the session asks for ---

void TcpConnection::Prepare(const FlowKey& flow, const TcpOptions& syn_options) {
  TCPCOPY_CHECK(state_ == TcpState::kClosed && close_reason_ == CloseReason::kNone);
  TCPCOPY_CHECK(settings().mtu >= 256);
  flow_ = flow;
  Offer(syn_options);
}

void TcpConnection::Connect(SeqNum iss, Instant now) {
  TCPCOPY_CHECK(state_ == TcpState::kClosed && close_reason_ == CloseReason::kNone);
  ip_id_ = static_cast<std::uint16_t>(iss.raw());
  sender_.Open(iss, now);
  state_ = TcpState::kSynSent;
}

void TcpConnection::Close() {
  sender_.QueueFin();
  if (state_ == TcpState::kEstablished) state_ = TcpState::kFinWait1;
  if (state_ == TcpState::kCloseWait) state_ = TcpState::kLastAck;
}

void TcpConnection::Abort(Instant now) {
  const SendSequence& snd = sender_.sequence();
  switch (state_) {
    case TcpState::kClosed:
      return;
    case TcpState::kSynReceived:
    case TcpState::kEstablished:
    case TcpState::kFinWait1:
    case TcpState::kFinWait2:
    case TcpState::kCloseWait:
      EnterClosed(CloseReason::kAborted);
      // Not SND.NXT, which goes back on a timeout: below its window the target looks at no RST.
      reset_ = snd.Number(snd.max);
      if (snd.una < snd.max) time_wait_.Set(now + settings().time_wait);
      return;
    case TcpState::kTimeWait:
      EnterClosed(CloseReason::kNormal);
      return;
    case TcpState::kSynSent:
    case TcpState::kClosing:
    case TcpState::kLastAck:
      EnterClosed(CloseReason::kAborted);
      return;
  }
}

// --- Options and windows ---

void TcpConnection::Offer(const TcpOptions& syn_options) {
  const std::size_t headers = HeaderLength(flow_.local.address.family(), TcpOptions{});
  if (syn_options.mss) {
    features_.mss = static_cast<std::uint16_t>(
        std::min<std::size_t>({*syn_options.mss, settings().mtu - headers, settings().max_mss}));
  }
  features_.scaling = syn_options.window_scale.has_value();
  features_.window_scale = std::min(syn_options.window_scale.value_or(0), kMaxWindowScale);
  features_.sack = syn_options.sack_permitted;
  features_.timestamps = syn_options.timestamps.has_value();
}

void TcpConnection::Negotiate(const TcpSegment& syn) {
  const TcpOptions& peer = syn.options;
  features_.scaling = features_.scaling && peer.window_scale.has_value();
  if (features_.scaling) {
    features_.peer_window_scale = std::min(*peer.window_scale, kMaxWindowScale);
  } else {
    features_.window_scale = 0;
  }
  features_.sack = features_.sack && peer.sack_permitted;
  features_.timestamps = features_.timestamps && peer.timestamps.has_value();
  features_.send_mss = EffectiveMss(peer);
  receiver_.Open(syn.seq);
  // Rounded up to what the scaled field can say, so that it never promises less than the SYN did.
  const std::uint32_t unit = 1U << features_.window_scale;
  const std::uint32_t units = (std::max(settings().receive_window, 1U) - 1) / unit + 1;
  receiver_.SetWindow(std::min(units, 65535U) * unit);
  receiver_.SetMaxSegment(PeerSegment());
  if (features_.timestamps) receiver_.NoteTimestamp(syn.seq, peer.timestamps->value);
}

std::uint16_t TcpConnection::DefaultMss() const {
  return flow_.local.address.IsV4() ? 536 : 1220;  // RFC 9293 3.7.1
}

std::uint32_t TcpConnection::PeerSegment() const {
  const std::uint32_t offered = features_.mss > 0 ? features_.mss : DefaultMss();
  const std::uint32_t options = TimestampBytes();
  return std::min<std::uint32_t>(std::max(offered, options) - options, features_.send_mss);
}

std::uint16_t TcpConnection::EffectiveMss(const TcpOptions& peer_options) const {
  const std::uint32_t peer_mss = peer_options.mss.value_or(DefaultMss());
  const std::size_t headers = HeaderLength(flow_.local.address.family(), TcpOptions{});
  const std::uint32_t options = TimestampBytes();
  const std::size_t mss =
      std::min<std::size_t>({peer_mss, settings().mtu - headers, settings().max_mss});
  return static_cast<std::uint16_t>(std::max<std::size_t>(mss, kMinSendMss + options) - options);
}

std::uint32_t TcpConnection::ScaledWindow(const TcpSegment& segment) const {
  // The window of a SYN is never scaled (RFC 7323 2.2).
  return segment.flags.syn() ? segment.window
                             : std::uint32_t{segment.window} << features_.peer_window_scale;
}

std::optional<std::uint32_t> TcpConnection::EchoIn(const TcpSegment& segment) const {
  const auto& timestamps = segment.options.timestamps;
  // Zero is what those say who have nothing to echo.
  if (!features_.timestamps || !timestamps || timestamps->echo_reply == 0) return std::nullopt;
  return timestamps->echo_reply;
}

// --- Segments ---

void TcpConnection::OnSegment(const TcpSegment& segment, Instant now) {
  if (state_ == TcpState::kClosed) return OnSegmentInClosed(segment);
  if (state_ == TcpState::kSynSent) return OnSegmentInSynSent(segment, now);
  if (!CheckSequence(segment, now) || !CheckReset(segment, now) || !CheckSyn(segment, now) ||
      !CheckAck(segment, now)) {
    return;
  }
  receiver_.OnText(segment, Patience(), now);
  CheckFin(now);
}

void TcpConnection::OnSegmentInClosed(const TcpSegment& segment) {
  if (!time_wait_.IsSet()) return;
  if (segment.flags.rst()) {
    time_wait_.Clear();
  } else if (segment.flags.ack()) {
    reset_ = segment.ack;  // a challenge (RFC 5961 3.2) tells which number the target takes
  }
}

void TcpConnection::OnSegmentInSynSent(const TcpSegment& segment, Instant now) {
  const SendSequence& snd = sender_.sequence();
  if (segment.flags.ack() && segment.ack != snd.Number(1)) {
    // What the target keeps of an earlier connection answers our SYN. The RST ends it there, and a
    // SYN right behind finds the port free, instead of after the timeout.
    if (segment.flags.rst()) return;
    reset_ = segment.ack;
    if (sender_.retransmits() == 0) sender_.RepeatSyn();
    return;
  }
  if (segment.flags.rst()) {
    if (segment.flags.ack()) EnterClosed(CloseReason::kRefused);
    return;
  }
  if (!segment.flags.syn()) return;
  Negotiate(segment);
  if (!segment.flags.ack()) {
    state_ = TcpState::kSynReceived;
    sender_.RepeatSyn();  // Simultaneous open: now with ACK.
    return;
  }
  Establish(segment, segment.window, now);
  receiver_.AckWithin(settings().handshake_ack_wait, now);
  receiver_.OnText(segment, Patience(), now);
  CheckFin(now);
}

void TcpConnection::Establish(const TcpSegment& segment, std::uint32_t window, Instant now) {
  was_established_ = true;
  state_ = sender_.fin_queued() ? TcpState::kFinWait1 : TcpState::kEstablished;
  sender_.OnSynAcknowledged(segment, {.mss = features_.send_mss, .sack = features_.sack}, window,
                            EchoIn(segment), now);
}

bool TcpConnection::CheckSequence(const TcpSegment& segment, Instant now) {
  const bool has_timestamps = features_.timestamps && segment.options.timestamps.has_value();
  // A segment without the negotiated option is let through, as Linux does: some middleboxes make
  // such, and the captured client lived with them.
  const bool is_old = has_timestamps && !segment.flags.rst() &&
                      receiver_.IsOldByTimestamp(*segment.options.timestamps);
  if (!is_old && receiver_.sequence().Accepts(segment.seq, segment.Length())) {
    if (has_timestamps && !segment.flags.rst()) {
      receiver_.NoteTimestamp(segment.seq, segment.options.timestamps->value);
    }
    return true;
  }
  if (segment.flags.rst()) return false;
  if (segment.Length() == 0) {
    ChallengeAck(now);
    return false;
  }
  receiver_.OnDuplicate(segment);
  // The peer sends its FIN again: our last ACK was lost, so wait anew (RFC 9293 3.10.7.4).
  if (state_ == TcpState::kTimeWait && segment.flags.fin()) EnterTimeWait(now);
  return false;
}

bool TcpConnection::CheckReset(const TcpSegment& segment, Instant now) {
  if (!segment.flags.rst()) return true;
  if (segment.seq != receiver_.ack_number()) {
    ChallengeAck(now);  // RFC 5961 3.2: a blind attacker would not know the exact number.
  } else if (state_ == TcpState::kSynReceived) {
    EnterClosed(CloseReason::kRefused);
  } else if (state_ == TcpState::kTimeWait) {
    EnterClosed(CloseReason::kNormal);
  } else {
    EnterClosed(CloseReason::kReset);
  }
  return false;
}

bool TcpConnection::CheckSyn(const TcpSegment& segment, Instant now) {
  if (!segment.flags.syn()) return true;
  ChallengeAck(now);  // RFC 5961 4.2
  return false;
}

bool TcpConnection::CheckAck(const TcpSegment& segment, Instant now) {
  if (!segment.flags.ack()) return false;
  if (state_ == TcpState::kSynReceived) return CheckAckInSynReceived(segment, now);
  switch (sender_.OnAck(segment, ScaledWindow(segment), EchoIn(segment), now)) {
    case AckVerdict::kTooOld:
    case AckVerdict::kUnsent:
      ChallengeAck(now);
      return false;
    case AckVerdict::kOld:
    case AckVerdict::kCurrent:
      break;
  }
  if (!sender_.fin_acknowledged()) return true;
  if (state_ == TcpState::kFinWait1) state_ = TcpState::kFinWait2;
  if (state_ == TcpState::kClosing) EnterTimeWait(now);
  if (state_ == TcpState::kLastAck) EnterClosed(CloseReason::kNormal);
  return state_ != TcpState::kClosed;
}

bool TcpConnection::CheckAckInSynReceived(const TcpSegment& segment, Instant now) {
  if (segment.ack != sender_.sequence().Number(1)) {
    reset_ = segment.ack;
    return false;
  }
  Establish(segment, ScaledWindow(segment), now);
  return true;
}

void TcpConnection::CheckFin(Instant now) {
  if (!receiver_.fin_received()) return;
  if (state_ == TcpState::kEstablished) {
    state_ = TcpState::kCloseWait;
  } else if (state_ == TcpState::kFinWait1) {
    state_ = TcpState::kClosing;
  } else if (state_ == TcpState::kFinWait2) {
    EnterTimeWait(now);
  }
}

void TcpConnection::EnterTimeWait(Instant now) {
  state_ = TcpState::kTimeWait;
  time_wait_.Set(now + settings().time_wait);
}

void TcpConnection::EnterClosed(CloseReason reason) {
  state_ = TcpState::kClosed;
  close_reason_ = reason;
  reset_.reset();
  time_wait_.Clear();
  sender_.Stop();
  receiver_.Stop();
}

void TcpConnection::ChallengeAck(Instant now) {
  if (now < next_challenge_) return;
  next_challenge_ = now + kChallengeInterval;
  receiver_.AckNow();
}

void TcpConnection::OnPathMtu(SeqNum seq, std::uint32_t mtu, Instant now) {
  const SendSequence& snd = sender_.sequence();
  const std::int32_t ahead = seq - snd.Number(snd.una);
  const bool in_flight = ahead >= 0 && static_cast<std::uint32_t>(ahead) < snd.in_flight();
  if (!in_flight || mtu >= settings().mtu) return;
  const std::size_t headers =
      HeaderLength(flow_.local.address.family(), TcpOptions{}) + TimestampBytes();
  sender_.LowerMss(mtu > headers ? static_cast<std::uint32_t>(mtu - headers) : 0, now);
}

// --- Time ---

void TcpConnection::OnTimeout(Instant now) {
  receiver_.OnTimeout(now);
  if (time_wait_.HasCome(now)) {
    EnterClosed(state_ == TcpState::kTimeWait ? CloseReason::kNormal : close_reason_);
  } else if (!sender_.OnTimeout(now)) {
    EnterClosed(CloseReason::kTimedOut);
  }
}

Instant TcpConnection::NextTimeout() const {
  return std::min({sender_.NextTimeout(), receiver_.NextTimeout(), time_wait_.at()});
}

// --- Packets out ---

bool TcpConnection::HasOutput(Instant) const {
  return reset_ || receiver_.AckDue() || sender_.Next();
}

std::size_t TcpConnection::PollTransmit(Instant now, MutableBytes buffer) {
  TCPCOPY_CHECK(buffer.size() >= settings().mtu);
  if (reset_) return WriteReset(buffer);
  const auto plan = receiver_.AckDueAlone() ? std::nullopt : sender_.Next();
  if (plan) return WriteSegment(*plan, now, buffer);
  if (!receiver_.AckDue()) return 0;
  return WriteSegment({.position = sender_.AckPosition()}, now, buffer);
}

std::size_t TcpConnection::WriteReset(MutableBytes buffer) {
  TcpSegment segment;
  segment.seq = *reset_;
  segment.flags.bits = TcpFlags::kRst;
  if (receiver_.is_open()) {
    segment.flags.bits |= TcpFlags::kAck;
    segment.ack = receiver_.ack_number();
  }
  reset_.reset();
  return Finish(segment, HeaderLength(flow_.local.address.family(), segment.options), buffer);
}

std::size_t TcpConnection::WriteSegment(const SendPlan& plan, Instant now, MutableBytes buffer) {
  TcpSegment segment;
  segment.seq = sender_.sequence().Number(plan.position);
  segment.payload_length = plan.length;
  segment.window = WindowField(plan.syn);
  segment.options = OptionsFor(plan, now);
  if (plan.syn) segment.flags.bits |= TcpFlags::kSyn;
  if (plan.fin) segment.flags.bits |= TcpFlags::kFin;
  if (plan.psh) segment.flags.bits |= TcpFlags::kPsh;
  if (receiver_.is_open()) {
    segment.flags.bits |= TcpFlags::kAck;
    segment.ack = receiver_.ack_number();
    receiver_.OnAckSent();
  }
  const std::size_t headers = HeaderLength(flow_.local.address.family(), segment.options);
  sender_.CopyPayload(plan, buffer.subspan(headers, plan.length));
  if (plan.end() > plan.position) sender_.OnSent(plan, now);
  return Finish(segment, headers, buffer);
}

TcpOptions TcpConnection::OptionsFor(const SendPlan& plan, Instant now) const {
  TcpOptions options;
  if (features_.timestamps) {
    options.timestamps = TcpTimestamps{TimestampValue(now), receiver_.ts_recent()};
  }
  if (plan.syn) {
    if (features_.mss > 0) options.mss = features_.mss;
    if (features_.scaling) options.window_scale = features_.window_scale;
    options.sack_permitted = features_.sack;
    return options;
  }
  if (features_.sack) {
    receiver_.FillSack(features_.timestamps ? 3 : 4, &options);
    // Data goes first: the blocks are told again with the next ACK.
    if (options.sack_count > 0 &&
        HeaderLength(flow_.local.address.family(), options) + plan.length > settings().mtu) {
      options.sack_count = 0;
    }
  }
  return options;
}

std::uint16_t TcpConnection::WindowField(bool syn) const {
  const std::uint32_t field = syn ? std::max(settings().receive_window, 1U)
                                  : receiver_.sequence().wnd >> features_.window_scale;
  return static_cast<std::uint16_t>(std::min(field, 65535U));
}

std::size_t TcpConnection::Finish(const TcpSegment& segment, std::size_t headers,
                                  MutableBytes buffer) {
  const std::size_t length = headers + segment.payload_length;
  BuildPacket(flow_, segment, ip_id_++, buffer.first(length));
  return length;
}

}  // namespace tcpcopy
