#include "netstack/tcp/loss_recovery.h"

#include <algorithm>
#include <array>

#include "netstack/tcp/timestamp_clock.h"

namespace tcpcopy {
namespace {

constexpr std::uint32_t kDuplicateThreshold = 3;  // segments, RFC 5681 3.2
// The peer may hold back the ACK of a single segment so long (RFC 8985 7.2, WCDelAckT).
constexpr Duration kWorstDelayedAck = std::chrono::milliseconds(200);
// Closer than this a busy machine cannot tell late from lost.
constexpr Duration kMinProbeWait = std::chrono::milliseconds(5);
constexpr Duration kMinReorderWait = std::chrono::milliseconds(1);

/// True when the first block reports something received twice (RFC 2883 4).
bool IsDsack(const TcpSegment& segment) {
  const TcpOptions& options = segment.options;
  if (options.sack_count == 0 || options.sack[0].left >= options.sack[0].right) return false;
  const SackBlock& first = options.sack[0];
  if (first.right <= segment.ack) return true;
  return options.sack_count > 1 && options.sack[1].left <= first.left &&
         first.right <= options.sack[1].right;
}

}  // namespace

void LossRecovery::Open(const SendTerms& terms, bool syn_lost) {
  terms_ = terms;
  congestion_.Start(terms.mss, syn_lost);
}

bool LossRecovery::MayRest() const {
  return scoreboard_.empty() && congestion_.never_reduced() && rack_.saw_only_order() &&
         !spurious_.active() && !tail_probe_.is_out() && !early_.IsSet() && reno_delivered_ == 0 &&
         !retransmit_now_ && !probe_due_ && rack_.rtt() < Duration(Rest::kUnmeasured) &&
         (rack_.min_rtt() < Duration(Rest::kUnmeasured) || rack_.min_rtt() == Duration::max());
}

LossRecovery::Rest LossRecovery::rest() const {
  const bool measured = rack_.min_rtt() != Duration::max();
  return {terms_, congestion_.window(), static_cast<std::uint32_t>(rack_.rtt().count()),
          measured ? static_cast<std::uint32_t>(rack_.min_rtt().count()) : Rest::kUnmeasured};
}

void LossRecovery::LowerMss(std::uint32_t mss) {
  terms_.mss = mss;
  congestion_.OnSmallerMss(mss);
  scoreboard_.MarkLostIf([](const SentRun&) { return true; });
  reno_delivered_ = 0;
  retransmit_now_ = true;
}

void LossRecovery::Stop() {
  scoreboard_.Clear();
  early_.Clear();
  probe_due_ = false;
}

// --- Sending ---

std::uint64_t LossRecovery::Outstanding() const {
  const std::uint64_t bytes = scoreboard_.outstanding();
  return bytes - std::min<std::uint64_t>(bytes, reno_delivered_);
}

bool LossRecovery::MaySend(std::uint64_t bytes) const {
  const std::uint64_t outstanding = Outstanding();
  return outstanding == 0 || outstanding + bytes <= congestion_.cwnd();
}

std::optional<Scoreboard::Range> LossRecovery::NextLost() const {
  const std::optional<Scoreboard::Range> lost = scoreboard_.FirstLost();
  if (!lost || retransmit_now_) return lost;
  const std::uint64_t segment = std::min<std::uint64_t>(lost->end - lost->begin, terms_.mss);
  return MaySend(segment) ? lost : std::nullopt;
}

void LossRecovery::OnSent(std::uint64_t begin, std::uint64_t end, const Departure& departure,
                          Instant now) {
  if (departure.was_idle) congestion_.OnIdle();
  if (departure.repeated) {
    retransmit_now_ = false;
    if (!IsOpen()) spurious_.OnRetransmit(TimestampValue(now));
  }
  if (probe_due_) {
    probe_due_ = false;
    tail_probe_.OnSent(end, departure.repeated);
  }
  scoreboard_.OnSent(begin, end, now);
  congestion_.OnSent(end - begin);
}

// --- What comes back ---

LossRecovery::Findings LossRecovery::OnAck(const Ack& ack, const SendSequence& snd,
                                           const RttEstimator& rtt, Instant now) {
  const std::uint64_t in_flight = snd.in_flight() + ack.acked;
  const bool dsack = terms_.sack && IsDsack(ack.segment);
  const Progress progress = Advance(ack, snd, now);
  const std::uint64_t delivered =
      terms_.sack ? progress.delivered + TakeSack(ack.segment, snd, now) : CountDuplicates(ack);
  if (dsack) rack_.OnDuplicate(snd.una, snd.nxt);
  const bool was_spurious = CheckSpurious(ack, dsack);
  if (tail_probe_.OnAck(snd.una, dsack, ack.is_duplicate)) congestion_.OnRepairedLoss(in_flight);

  bool lost = false;
  if (congestion_.EndsRecovery(snd.una)) {
    rack_.OnRecoveryEnd();
    reno_delivered_ = 0;
    lost = HasLost();  // of what was sent since
  }
  lost = FindLosses(ack, snd, rtt.srtt(), now) || lost;
  if (lost && IsOpen()) EnterRecovery(snd);
  if (congestion_.phase() == Phase::kRecovery) {
    congestion_.OnDelivered(delivered, Outstanding());
  } else if (ack.acked > 0) {
    congestion_.OnAcknowledged(ack.acked, in_flight);
  }
  return {progress.round_trip, was_spurious};
}

LossRecovery::Progress LossRecovery::Advance(const Ack& ack, const SendSequence& snd, Instant now) {
  Progress progress;
  if (ack.acked == 0) return progress;
  probe_due_ = false;
  Instant oldest = kNever;
  Instant sent_again = Instant::min();
  progress.delivered = scoreboard_.Acknowledge(snd.una, [&](const SentRun& run, std::uint64_t end) {
    oldest = std::min(oldest, run.first_sent);
    if (run.retransmitted) sent_again = std::max(sent_again, run.last_sent);
    NoteDelivered(run, end, now);
  });
  // It has what begins at SND.UNA and does not acknowledge it: it has thrown it away.
  if (!scoreboard_.empty() && scoreboard_.runs().front().sacked) scoreboard_.ForgetSacks();
  if (sent_again == Instant::min()) {
    if (oldest != kNever) progress.round_trip = now - oldest;
  } else if (ack.echo && *ack.echo == TimestampValue(sent_again)) {
    progress.round_trip = now - sent_again;  // the echo tells which transmission it was
  }
  return progress;
}

void LossRecovery::NoteDelivered(const SentRun& run, std::uint64_t end, Instant now) {
  if (!run.retransmitted) rack_.OnRoundTrip(now - run.first_sent);
  rack_.OnDelivered(run, end, now);
}

std::uint64_t LossRecovery::TakeSack(const TcpSegment& segment, const SendSequence& snd,
                                     Instant now) {
  const SeqNum una = snd.Number(snd.una);
  // In ascending order, so that what one ACK reports does not look like reordering.
  std::array<Scoreboard::Range, TcpOptions::kMaxSackBlocks> ranges{};
  std::size_t count = 0;
  for (std::size_t i = 0; i < segment.options.sack_count; ++i) {
    const SackBlock& block = segment.options.sack[i];
    // Out of range: a D-SACK, old, or nonsense (RFC 2018 5).
    if (block.left <= una || block.left >= block.right || block.right > snd.Number(snd.nxt)) {
      continue;
    }
    const std::uint64_t begin = snd.una + static_cast<std::uint32_t>(block.left - una);
    std::size_t place = count++;
    for (; place > 0 && ranges[place - 1].begin > begin; --place) ranges[place] = ranges[place - 1];
    ranges[place] = {begin, snd.una + static_cast<std::uint32_t>(block.right - una)};
  }
  std::uint64_t delivered = 0;
  for (std::size_t i = 0; i < count; ++i) {
    delivered += scoreboard_.Sack(
        ranges[i].begin, ranges[i].end,
        [&](const SentRun& run, std::uint64_t end) { NoteDelivered(run, end, now); });
  }
  return delivered;
}

std::uint64_t LossRecovery::CountDuplicates(const Ack& ack) {
  if (ack.acked == 0) {
    if (!ack.is_duplicate) return 0;
    reno_delivered_ += terms_.mss;
    return terms_.mss;
  }
  // One segment has filled the hole; the others were counted when they came.
  const std::uint64_t counted = std::min<std::uint64_t>(
      reno_delivered_, ack.acked - std::min<std::uint64_t>(ack.acked, terms_.mss));
  reno_delivered_ = IsOpen() ? 0 : reno_delivered_ - static_cast<std::uint32_t>(counted);
  return ack.acked - counted;
}

bool LossRecovery::CheckSpurious(const Ack& ack, bool dsack) {
  const bool by_echo = ack.acked > 0 && ack.echo && spurious_.OnEcho(*ack.echo);
  const bool by_dsack = dsack && spurious_.OnDuplicate();
  if (!by_echo && !by_dsack) return false;
  spurious_.End();
  congestion_.Undo();
  scoreboard_.ForgetLosses();
  retransmit_now_ = false;
  return true;
}

bool LossRecovery::FindLosses(const Ack& ack, const SendSequence& snd, Duration srtt, Instant now) {
  if (terms_.sack) return WaitsForReordered() && FindLossesByTime(srtt, now);
  if (congestion_.phase() == Phase::kRecovery) {
    // A partial ACK shows the next hole, which leaves at once (RFC 6582 3.2 step 3).
    if (ack.acked > 0 && scoreboard_.MarkFirstLost(terms_.mss)) retransmit_now_ = true;
    return false;
  }
  return IsOpen() && reno_delivered_ >= kDuplicateThreshold * terms_.mss &&
         snd.una > congestion_.recover() && scoreboard_.MarkFirstLost(terms_.mss);
}

bool LossRecovery::FindLossesByTime(Duration srtt, Instant now) {
  const bool impatient =
      !IsOpen() || scoreboard_.sacked() > (kDuplicateThreshold - 1) * std::uint64_t{terms_.mss};
  const Duration window = rack_.ReorderWindow(impatient, srtt);
  Instant latest = Instant::min();
  const bool found = scoreboard_.MarkLostIf([&](const SentRun& run) {
    const Instant at = rack_.LostAt(run, window);
    if (at <= now) return true;
    if (at != kNever) latest = std::max(latest, at);
    return false;
  });
  early_.Clear();
  if (latest > now) early_.Set(std::max(latest, now + kMinReorderWait));
  return found;
}

void LossRecovery::EnterRecovery(const SendSequence& snd) {
  congestion_.EnterRecovery(snd.max, snd.in_flight());
  spurious_.Begin();
  tail_probe_.Forget();
  retransmit_now_ = true;
}

// --- Time ---

void LossRecovery::OnRetransmitTimeout(const SendSequence& snd, bool again, Instant now) {
  congestion_.OnTimeout(snd.max, snd.in_flight(), again);
  if (!again) spurious_.Begin();
  tail_probe_.Forget();
  early_.Clear();
  probe_due_ = false;
  reno_delivered_ = 0;
  // RFC 8985 6.3: the first segment, and what has had its time. Without SACK: all (RFC 5681 3.1).
  bool first = true;
  scoreboard_.MarkLostIf([&](const SentRun& run) {
    const bool is_lost = first || !terms_.sack || rack_.Expires(run) <= now;
    first = false;
    return is_lost;
  });
  retransmit_now_ = true;
}

void LossRecovery::ArmTailProbe(const SendSequence& snd, const RttEstimator& rtt,
                                Instant retransmit_at, Instant now) {
  if (WaitsForReordered()) return;
  early_.Clear();
  if (!terms_.sack || scoreboard_.empty() || HasLost() || tail_probe_.is_out()) return;
  // RFC 8985 7.2.
  Duration wait = rtt.has_sample() ? 2 * rtt.srtt() : Duration(std::chrono::seconds(1));
  if (snd.in_flight() <= terms_.mss) wait += kWorstDelayedAck;
  wait = std::max(wait, kMinProbeWait);
  if (now + wait < retransmit_at) early_.Set(now + wait);
}

void LossRecovery::OnTimeout(const SendSequence& snd, const RttEstimator& rtt, Instant now) {
  if (!early_.HasCome(now)) return;
  early_.Clear();
  if (!WaitsForReordered()) {
    probe_due_ = true;
  } else if (FindLossesByTime(rtt.srtt(), now)) {
    if (IsOpen()) EnterRecovery(snd);
    if (congestion_.phase() == Phase::kRecovery) congestion_.OnDelivered(0, Outstanding());
  }
}

}  // namespace tcpcopy
