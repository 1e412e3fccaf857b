#include "tests/sim/expectation.h"

#include <fmt/format.h>

#include <algorithm>

namespace tcpcopy::sim {
namespace {

void Allow(std::bitset<kOutcomes>& outcomes, Outcome outcome) {
  outcomes.set(static_cast<std::size_t>(outcome));
}

Outcome NaturalEnd(const CapturedTruth& truth) {
  if (truth.gap) return Outcome::kCaptureGap;
  if (truth.fin) return Outcome::kCompleted;
  return truth.reset ? Outcome::kResetByClient : Outcome::kCaptureEnded;
}

/// Whether the request that decides the session's fate is known as a whole.
bool MeetsFate(const SessionScript& script, const CapturedTruth& truth) {
  std::size_t needed = 0;
  for (std::size_t i = 0; i <= script.fate_turn; ++i) needed += script.turns[i].request.size();
  return truth.stream.size() >= needed;
}

}  // namespace

Expectation Expectation::Of(const SessionScript& script) {
  Expectation expected;
  expected.truth = ReadCapture(script);
  const CapturedTruth& truth = expected.truth;
  if (!truth.syn) {
    if (truth.speaks) Allow(expected.outcomes, Outcome::kNoSynSeen);
    return expected;
  }
  expected.replayed = true;
  switch (script.fate) {
    case Fate::kRefuses:
      Allow(expected.outcomes, Outcome::kRefusedByTarget);
      // Every RST was lost, or each SYN.
      Allow(expected.outcomes, Outcome::kTargetTimeout);
      return expected;
    case Fate::kIgnores:
      Allow(expected.outcomes, Outcome::kTargetTimeout);
      return expected;
    case Fate::kResets:
    case Fate::kVanishes:
      expected.established = true;
      if (!MeetsFate(script, truth)) break;
      // The request is never acknowledged. Where every RST is lost, a reset is silence.
      if (script.fate == Fate::kResets) Allow(expected.outcomes, Outcome::kResetByTarget);
      Allow(expected.outcomes, Outcome::kTargetTimeout);
      return expected;
    case Fate::kServes:
    case Fate::kHalfCloses:
      break;
  }
  const Outcome end = NaturalEnd(truth);
  Allow(expected.outcomes, end);
  expected.established = true;
  expected.delivered = true;
  expected.closes = end == Outcome::kCompleted || end == Outcome::kCaptureEnded;
  return expected;
}

void Expectation::MayLoseReplies() {
  if (!replayed) return;
  Allow(outcomes, Outcome::kRepliesLost);
  established = delivered = closes = false;
}

std::vector<std::string> Compare(const std::vector<Expectation>& expectations,
                                 const Ledger& ledger) {
  std::vector<std::string> wrong;
  SessionTotals seen;
  std::uint64_t sure = 0;
  std::uint64_t possible = 0;
  bool all_delivered = true;
  bool all_known = true;
  for (const Expectation& expected : expectations) {
    seen.sessions += expected.outcomes.any() ? 1 : 0;
    if (expected.replayed) seen.bytes += expected.truth.stream.size();
    if (expected.replayed) possible += expected.truth.stream.size();
    if (expected.delivered) sure += expected.truth.stream.size();
    all_delivered = all_delivered && (expected.delivered || !expected.replayed);
    all_known = all_known && !expected.truth.gap;
  }
  all_known = all_known && all_delivered;  // else some bytes are captured when all is over
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    std::uint64_t least = 0;
    std::uint64_t most = 0;
    for (const Expectation& expected : expectations) {
      if (!expected.outcomes.test(i)) continue;
      ++most;
      least += expected.outcomes.count() == 1 ? 1 : 0;
    }
    const std::uint64_t count = ledger.Of(static_cast<Outcome>(i)).sessions;
    if (count >= least && count <= most) continue;
    wrong.push_back(fmt::format("{} sessions {}, expected {} to {}", count,
                                ToString(static_cast<Outcome>(i)), least, most));
  }
  const SessionTotals& totals = ledger.seen();
  const std::uint64_t not_replayed = ledger.Of(Outcome::kNoSynSeen).bytes;
  if (totals.sessions != seen.sessions) wrong.push_back("sessions were not seen");
  if (all_known && totals.bytes != seen.bytes + not_replayed) {
    wrong.push_back(fmt::format("{} bytes seen, expected {}", totals.bytes, seen.bytes));
  }
  if (totals.bytes_delivered < sure || totals.bytes_delivered > possible) {
    wrong.push_back(fmt::format("{} bytes delivered, expected {} to {}", totals.bytes_delivered,
                                sure, possible));
  }
  if (all_delivered && totals.requests != totals.requests_delivered) {
    wrong.push_back("requests were not delivered");
  }
  if (!ledger.Reconciles()) wrong.push_back("the ledger does not reconcile");
  return wrong;
}

}  // namespace tcpcopy::sim
