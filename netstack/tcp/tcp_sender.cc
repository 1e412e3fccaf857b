#include "netstack/tcp/tcp_sender.h"

#include <algorithm>
#include <utility>

#include "netstack/base/check.h"
#include "netstack/tcp/timestamp_clock.h"

namespace tcpcopy {
namespace {

// Whatever an ICMP message claims (RFC 5927 4): Linux' `min_pmtu` of 552 without headers.
constexpr std::uint32_t kMinPathMss = 500;

}  // namespace

bool TcpSender::Buffer(ConstBytes bytes) {
  // Behind a FIN there is no place for them any more.
  return fin_queued_ || buffer_.Append(bytes);
}

void TcpSender::Push(std::uint64_t count) {
  if (fin_queued_) return;
  TCPCOPY_CHECK(count <= bytes_buffered() - pushed_);
  pushed_ += count;
  SyncTimer(now_);
}

void TcpSender::QueueFin() {
  if (fin_queued_) return;
  fin_queued_ = true;
  buffer_.Truncate(pushed_);
  SyncTimer(now_);
}

void TcpSender::Open(SeqNum iss, Instant now) {
  snd_.iss = iss;
  open_ = true;
  now_ = now;
}

void TcpSender::Stop() {
  fin_queued_ = true;
  open_ = false;
  buffer_.Clear();
  recovery_.Stop();
  timer_.Stop();
}

// --- What may leave ---

std::optional<SendPlan> TcpSender::Next() const {
  if (!open_) return std::nullopt;
  if (IsHandshake()) {
    if (snd_.nxt > 0) return std::nullopt;
    return SendPlan{.syn = true};
  }
  if (const std::optional<SendPlan> regular = NextRegular()) return regular;
  if (probe_due_) return WindowProbe();
  if (recovery_.TailProbeDue()) return TailProbe();
  return std::nullopt;
}

std::optional<SendPlan> TcpSender::Cut(std::uint64_t position, std::uint64_t edge) const {
  const std::uint64_t data_end = DataEnd();
  SendPlan plan{.position = position};
  if (position < data_end) {
    edge = std::min(edge, data_end);
    if (edge <= position) return std::nullopt;
    plan.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(mss(), edge - position));
    plan.psh = position + plan.length == data_end;
  }
  // FIN takes sequence space, so the peer's window must have room for it as well.
  plan.fin = fin_queued_ && position + plan.length == data_end && data_end < WindowEdge();
  if (plan.length == 0 && !plan.fin) return std::nullopt;
  return plan;
}

bool TcpSender::IsSilly(const SendPlan& plan) const {
  // Silly window avoidance (RFC 9293 3.8.6.2.1) without Nagle's delay: a segment that the window
  // cuts short waits for a larger one, unless nothing in flight would bring it.
  const std::uint64_t end = plan.position + plan.length;
  const bool cut_short = plan.length > 0 && plan.length < mss() && end == WindowEdge();
  return cut_short && end != DataEnd() && recovery_.Outstanding() > 0;
}

std::optional<SendPlan> TcpSender::NextRegular() const {
  std::optional<SendPlan> plan;
  if (recovery_.HasLost()) {
    const std::optional<Scoreboard::Range> lost = recovery_.NextLost();
    if (!lost) return std::nullopt;
    plan = Cut(lost->begin, std::min(lost->end, WindowEdge()));
  } else {
    plan = Cut(snd_.nxt, WindowEdge());
    if (plan && !recovery_.MaySend(plan->length)) return std::nullopt;
  }
  if (plan && IsSilly(*plan)) return std::nullopt;
  return plan;
}

SendPlan TcpSender::WindowProbe() const {
  // One octet beyond the window (RFC 9293 3.8.6.1), or the FIN when that is what waits.
  SendPlan plan{.position = snd_.una, .probe = true};
  if (snd_.una < DataEnd()) {
    plan.length = 1;
    plan.psh = snd_.una + 1 == DataEnd();
  } else {
    plan.fin = true;
  }
  return plan;
}

std::optional<SendPlan> TcpSender::TailProbe() const {
  // New data, or else the last segment again (RFC 8985 7.3).
  if (const std::optional<SendPlan> fresh = Cut(snd_.nxt, WindowEdge())) return fresh;
  const std::uint64_t data_sent = std::min(snd_.nxt, DataEnd());
  const std::uint64_t begin = data_sent - std::min<std::uint64_t>(data_sent, mss());
  return Cut(std::max(snd_.una, begin), std::min(snd_.nxt, WindowEdge()));
}

std::uint64_t TcpSender::AckPosition() const {
  return IsHandshake() ? snd_.max : std::min(snd_.max, WindowEdge());
}

void TcpSender::CopyPayload(const SendPlan& plan, MutableBytes out) const {
  if (plan.length > 0) buffer_.CopyOut(plan.position - 1, out);
}

void TcpSender::OnSent(const SendPlan& plan, Instant now) {
  if (plan.probe) {
    probe_due_ = false;
    snd_.max = std::max(snd_.max, plan.end());
    return;
  }
  const bool repeated = plan.syn ? snd_.max > 0 : plan.position < snd_.nxt;
  if (repeated) ++retransmits_;
  if (!plan.syn) {
    const bool was_idle = snd_.in_flight() == 0 && now - last_sent_ > rtt_.rto();
    const bool is_tail_probe = recovery_.TailProbeDue();
    recovery_.OnSent(plan.position, plan.end(), {.repeated = repeated, .was_idle = was_idle}, now);
    // The probe's answer has a whole timeout's time (RFC 8985 7.3).
    if (is_tail_probe) StartTimer(now);
  }
  last_sent_ = now;
  snd_.nxt = std::max(snd_.nxt, plan.end());
  snd_.max = std::max(snd_.max, snd_.nxt);
  SyncTimer(now);
  if (!repeated) recovery_.ArmTailProbe(snd_, rtt_, timer_.deadline(), now);
}

// --- What the peer says ---

void TcpSender::OnSynAcknowledged(const TcpSegment& segment, const SendTerms& terms,
                                  std::uint32_t window, std::optional<std::uint32_t> echo,
                                  Instant now) {
  const int timeouts = timer_.attempts();
  snd_.una = 1;
  snd_.nxt = 1;
  snd_.wl1 = segment.seq;
  snd_.wl2 = segment.ack;
  snd_.wnd = window;
  snd_.max_wnd = window;
  timer_.Stop();
  timer_.ForgetAttempts();
  timer_.ForgetBackoff();
  recovery_.Open(terms, timeouts > 1);
  const bool is_clear = retransmits_ == 0 || (echo && *echo == TimestampValue(last_sent_));
  if (is_clear) {
    TakeSample(now - last_sent_, 1);
    recovery_.OnHandshakeMeasured(now - last_sent_);
  }
  if (timeouts > 0 && !rtt_.has_sample()) rtt_.OnUnmeasuredHandshake();
  SyncTimer(now);
}

AckVerdict TcpSender::OnAck(const TcpSegment& segment, std::uint32_t window,
                            std::optional<std::uint32_t> echo, Instant now) {
  const std::int32_t ahead = segment.ack - snd_.Number(snd_.una);
  if (ahead < 0) {
    return std::uint32_t{0} - static_cast<std::uint32_t>(ahead) > snd_.max_wnd ? AckVerdict::kTooOld
                                                                               : AckVerdict::kOld;
  }
  const auto acked = static_cast<std::uint64_t>(ahead);
  if (acked > snd_.max - snd_.una) return AckVerdict::kUnsent;
  timer_.ForgetAttempts();
  const bool is_duplicate = IsDuplicateAck(segment, window);
  UpdateWindow(segment, window);
  const std::uint64_t in_flight = snd_.in_flight();
  snd_.una += acked;
  snd_.nxt = std::max(snd_.nxt, snd_.una);
  buffer_.ReleaseUpTo(bytes_acknowledged());
  const LossRecovery::Findings findings = recovery_.OnAck(
      {.segment = segment, .acked = acked, .is_duplicate = is_duplicate, .echo = echo}, snd_, rtt_,
      now);
  if (acked > 0) {
    if (findings.round_trip) TakeSample(*findings.round_trip, in_flight);
    // It was the answer that was lost or late: no reason to be ever more patient (RFC 4015 3.2).
    if (findings.was_spurious) timer_.ForgetBackoff();
    if (snd_.in_flight() == 0) {
      timer_.Stop();  // RFC 6298 5.2
    } else if (!persisting_) {
      StartTimer(now);  // RFC 6298 5.3
    }
  }
  SyncTimer(now);
  if (acked > 0) recovery_.ArmTailProbe(snd_, rtt_, timer_.deadline(), now);
  return AckVerdict::kCurrent;
}

bool TcpSender::IsDuplicateAck(const TcpSegment& segment, std::uint32_t window) const {
  // RFC 5681 2.
  return snd_.in_flight() > 0 && segment.Length() == 0 && segment.ack == snd_.Number(snd_.una) &&
         window == snd_.wnd;
}

void TcpSender::UpdateWindow(const TcpSegment& segment, std::uint32_t window) {
  // Only from segments that are not older than the last update (RFC 9293 3.10.7.4). One that
  // advances `una` is not, whatever its SEQ: a retransmission of the peer's tells its newest ACK
  // and window, and the old window behind the new `una` would reach too far.
  const bool is_newer = snd_.wl1 < segment.seq ||
                        (snd_.wl1 == segment.seq && snd_.wl2 <= segment.ack) ||
                        segment.ack > snd_.Number(snd_.una);
  if (!is_newer) return;
  snd_.wnd = window;
  snd_.max_wnd = std::max(snd_.max_wnd, window);
  snd_.wl1 = segment.seq;
  snd_.wl2 = segment.ack;
}

void TcpSender::TakeSample(Duration round_trip, std::uint64_t in_flight) {
  // Every other full segment is acknowledged: RFC 7323 appendix G.
  const std::uint64_t samples_per_rtt = (in_flight + 2ULL * mss() - 1) / (2ULL * mss());
  rtt_.Sample(round_trip,
              static_cast<std::uint32_t>(std::min<std::uint64_t>(samples_per_rtt, 1024)),
              settings_);
  timer_.ForgetBackoff();
}

// --- Time ---

bool TcpSender::IsBlocked() const {
  return !IsHandshake() && !recovery_.HasOutstanding() && (HasUnsent() || recovery_.HasLost()) &&
         !NextRegular();
}

void TcpSender::SyncTimer(Instant now) {
  now_ = now;
  if (!open_) return;
  const bool blocked = IsBlocked();
  if (persisting_ && !blocked) {
    persisting_ = false;
    probe_due_ = false;
    timer_.Stop();
    timer_.ForgetBackoff();
  }
  if (timer_.IsRunning() && (persisting_ || !blocked)) return;
  if (blocked) {
    persisting_ = true;
    StartTimer(now);
  } else if (snd_.in_flight() > 0) {
    StartTimer(now);  // RFC 6298 5.1
  }
}

bool TcpSender::OnTimeout(Instant now) {
  recovery_.OnTimeout(snd_, rtt_, now);
  if (!timer_.HasCome(now)) return true;
  const int limit = IsHandshake() ? settings_.max_syn_retransmits : settings_.max_retransmits;
  if (timer_.attempts() >= limit) return false;
  OnRetransmitTimeout(now);
  const bool patient = !IsHandshake() || timer_.attempts() >= settings_.linear_syn_timeouts;
  timer_.CountAttempt(patient);
  StartTimer(now);
  SyncTimer(now);
  return true;
}

void TcpSender::OnRetransmitTimeout(Instant now) {
  if (persisting_) {
    probe_due_ = true;
  } else if (IsHandshake()) {
    RepeatSyn();
  } else {
    recovery_.OnRetransmitTimeout(snd_, timer_.attempts() > 0, now);
    EscapeBlackHole(now);
  }
}

void TcpSender::EscapeBlackHole(Instant now) {
  // RFC 8899 4.3, with sizes that get through tunnels on ordinary paths, and through anything.
  for (const auto& [timeouts, mss_there] : {std::pair(2, 1200U), std::pair(4, 536U)}) {
    const bool is_large = snd_.in_flight() > mss_there && mss() > mss_there;
    if (timer_.attempts() >= timeouts && is_large) LowerMss(mss_there, now);
  }
}

void TcpSender::LowerMss(std::uint32_t mss_there, Instant now) {
  const std::uint32_t lowest = std::max(mss_there, kMinPathMss);
  if (!open_ || IsHandshake() || lowest >= mss()) return;
  recovery_.LowerMss(lowest);
  SyncTimer(now);
}

}  // namespace tcpcopy
