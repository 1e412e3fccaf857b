#include "netstack/tcp/tcp_sender.h"

#include <algorithm>

#include "netstack/base/check.h"

namespace tcpcopy {

bool TcpSender::Buffer(ConstBytes bytes) {
  // Behind a FIN there is no place for them any more.
  if (!fin_queued_ && !buffer_.Append(bytes)) return false;
  buffered_ += bytes.size();
  return true;
}

void TcpSender::Push(std::uint64_t count) {
  if (fin_queued_) return;
  TCPCOPY_CHECK(count <= buffered_ - pushed_);
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
  timer_.Stop();
}

std::uint64_t TcpSender::bytes_acknowledged() const {
  return snd_.una == 0 ? 0 : std::min(snd_.una - 1, pushed_);
}

// --- What may leave ---

std::optional<SendPlan> TcpSender::Next() const {
  if (!open_) return std::nullopt;
  if (IsHandshake()) {
    if (snd_.nxt > 0) return std::nullopt;
    return SendPlan{.syn = true};
  }
  if (retransmit_first_) {
    const std::optional<SendPlan> first = Cut(snd_.una, std::min(snd_.max, snd_.una + snd_.wnd));
    if (first) return first;
  }
  if (const std::optional<SendPlan> regular = NextRegular()) return regular;
  if (probe_due_) return Probe();
  return std::nullopt;
}

std::optional<SendPlan> TcpSender::Cut(std::uint64_t position, std::uint64_t edge) const {
  const std::uint64_t data_end = DataEnd();
  SendPlan plan{.position = position};
  if (position < data_end) {
    edge = std::min(edge, data_end);
    if (edge <= position) return std::nullopt;
    plan.length = static_cast<std::uint32_t>(std::min<std::uint64_t>(mss_, edge - position));
    plan.psh = position + plan.length == data_end;
  }
  // FIN takes sequence space, so the peer's window must have room for it as well.
  plan.fin = fin_queued_ && position + plan.length == data_end && data_end < snd_.una + snd_.wnd;
  if (plan.length == 0 && !plan.fin) return std::nullopt;
  return plan;
}

std::optional<SendPlan> TcpSender::NextRegular() const {
  const std::uint64_t usable = std::min<std::uint64_t>(snd_.wnd, congestion_.window());
  const std::optional<SendPlan> plan = Cut(snd_.nxt, snd_.una + usable);
  if (!plan) return std::nullopt;
  // Silly window avoidance (RFC 9293 3.8.6.2.1) without Nagle's delay: a short segment leaves when
  // it ends what was pushed, or when nothing in flight would bring a larger window.
  const bool is_full = plan->length == mss_ || plan->position + plan->length == DataEnd();
  if (!is_full && snd_.in_flight() > 0) return std::nullopt;
  return plan;
}

SendPlan TcpSender::Probe() const {
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

std::uint64_t TcpSender::AckPosition() const {
  return IsHandshake() ? snd_.max : std::min(snd_.max, snd_.una + snd_.wnd);
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
  if (plan.position == snd_.una) retransmit_first_ = false;
  if (plan.position < snd_.max) {
    ++retransmits_;
    timed_ = 0;  // Karn: its ACK would be ambiguous (RFC 6298 3).
  } else if (timed_ == 0) {
    timed_ = plan.end();
    timed_at_ = now;
  }
  snd_.nxt = std::max(snd_.nxt, plan.end());
  snd_.max = std::max(snd_.max, snd_.nxt);
  SyncTimer(now);
}

// --- What the peer says ---

void TcpSender::OnSynAcknowledged(const TcpSegment& segment, std::uint32_t mss,
                                  std::uint32_t window, std::optional<Duration> rtt, Instant now) {
  const int timeouts = timer_.attempts();
  mss_ = mss;
  snd_.una = 1;
  snd_.nxt = 1;
  snd_.wl1 = segment.seq;
  snd_.wl2 = segment.ack;
  snd_.wnd = window;
  snd_.max_wnd = window;
  timer_.Stop();
  timer_.ForgetAttempts();
  timer_.ForgetBackoff();
  TakeSample(rtt, 1, now);
  if (timeouts > 0 && !rtt_.has_sample()) rtt_.OnUnmeasuredHandshake();
  congestion_.Start(mss, timeouts > 1);
  SyncTimer(now);
}

AckVerdict TcpSender::OnAck(const TcpSegment& segment, std::uint32_t window,
                            std::optional<Duration> rtt, Instant now) {
  const std::int32_t ahead = segment.ack - snd_.Number(snd_.una);
  if (ahead < 0) {
    return std::uint32_t{0} - static_cast<std::uint32_t>(ahead) > snd_.max_wnd ? AckVerdict::kTooOld
                                                                               : AckVerdict::kOld;
  }
  if (static_cast<std::uint64_t>(ahead) > snd_.max - snd_.una) return AckVerdict::kUnsent;
  timer_.ForgetAttempts();
  const bool is_duplicate = IsDuplicateAck(segment, window);
  UpdateWindow(segment, window);
  if (ahead > 0) {
    Advance(static_cast<std::uint64_t>(ahead), rtt, now);
  } else if (is_duplicate && congestion_.OnDuplicateAck(snd_.una, snd_.max, snd_.in_flight())) {
    retransmit_first_ = true;
  }
  SyncTimer(now);
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

void TcpSender::TakeSample(std::optional<Duration> by_timestamps, std::uint64_t in_flight,
                           Instant now) {
  std::optional<Duration> sample = by_timestamps;
  std::uint64_t samples_per_rtt = 1;
  if (by_timestamps) {
    // Every other full segment is acknowledged: RFC 7323 appendix G.
    samples_per_rtt = (in_flight + 2ULL * mss_ - 1) / (2ULL * mss_);
    timed_ = 0;
  } else if (timed_ > 0 && snd_.una >= timed_) {
    sample = now - timed_at_;
    timed_ = 0;
  }
  if (!sample) return;
  rtt_.Sample(*sample, static_cast<std::uint32_t>(std::min<std::uint64_t>(samples_per_rtt, 1024)),
              settings_);
  timer_.ForgetBackoff();
}

void TcpSender::Advance(std::uint64_t acked, std::optional<Duration> rtt, Instant now) {
  const std::uint64_t was_in_flight = snd_.in_flight();
  snd_.una += acked;
  snd_.nxt = std::max(snd_.nxt, snd_.una);
  buffer_.ReleaseUpTo(bytes_acknowledged());
  TakeSample(rtt, was_in_flight, now);
  retransmit_first_ = congestion_.OnAck(snd_.una, acked, snd_.in_flight());
  const bool is_partial = retransmit_first_;
  if (snd_.in_flight() == 0) {
    timer_.Stop();  // RFC 6298 5.2
  } else if (!is_partial || congestion_.restarts_timer()) {
    timer_.Start(now, rtt_.rto(), settings_.max_rto);  // RFC 6298 5.3
  }
}

// --- Time ---

void TcpSender::SyncTimer(Instant now) {
  now_ = now;
  if (!open_) return;
  const bool blocked = !IsHandshake() && snd_.in_flight() == 0 && HasUnsent() && !NextRegular();
  if (persisting_ && !blocked) {
    persisting_ = false;
    probe_due_ = false;
    timer_.Stop();
    timer_.ForgetBackoff();
  }
  if (timer_.IsRunning() && (persisting_ || !blocked)) return;
  if (blocked) {
    persisting_ = true;
    timer_.Start(now, rtt_.rto(), settings_.max_rto);
  } else if (snd_.in_flight() > 0) {
    timer_.Start(now, rtt_.rto(), settings_.max_rto);  // RFC 6298 5.1
  }
}

bool TcpSender::OnTimeout(Instant now) {
  if (!timer_.HasCome(now)) return true;
  const int limit = IsHandshake() ? settings_.max_syn_retransmits : settings_.max_retransmits;
  if (timer_.attempts() >= limit) return false;
  if (persisting_) {
    probe_due_ = true;
  } else {
    GoBack();
  }
  timer_.BackOff();
  timer_.Start(now, rtt_.rto(), settings_.max_rto);
  SyncTimer(now);
  return true;
}

void TcpSender::GoBack() {
  if (!IsHandshake()) {
    congestion_.OnTimeout(snd_.max, snd_.in_flight(), timer_.attempts() > 0);
  }
  snd_.nxt = snd_.una;
  retransmit_first_ = false;
  timed_ = 0;
}

}  // namespace tcpcopy
