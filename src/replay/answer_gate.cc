#include "src/replay/answer_gate.h"

#include <algorithm>
#include <utility>

namespace tcpcopy {

void AnswerGate::OnReceived(std::uint64_t received, bool push, Instant now) {
  if (received == received_) return;
  const Pause pause = Short(now - last_event_);
  longest_pause_ = std::max(longest_pause_, pause);
  if (received_ > base_received_) longest_inner_pause_ = std::max(longest_inner_pause_, pause);
  received_ = received;
  push_ = push;
  last_event_ = now;
}

std::uint64_t AnswerGate::Expected(std::uint64_t answered) const {
  return answered > base_answered_ ? answered - base_answered_ : 0;
}

void AnswerGate::OnTurnSent(std::uint64_t answered, Instant now) {
  const Pause pause = Short(now - last_event_);
  const Pause longest_pause = std::exchange(longest_pause_, Pause{0});
  last_event_ = now;
  push_ = false;
  if (answered <= base_answered_) return;  // the turn before has grown: same question, same answer
  const std::uint64_t expected = Expected(answered);
  const std::uint64_t came = received_ - base_received_;
  // Much more than this turn's answer can only be what was owed. Otherwise that stays away.
  const bool goes_on = owed_ > 0 && came >= expected + std::min(expected, owed_);
  if (goes_on) longest_pause_ = std::max(longest_pause, pause);  // still the same answer's
  const std::uint64_t due = goes_on ? expected + owed_ : expected;
  const std::uint64_t missing = came < due ? due - came : 0;
  // Only a small difference (a header, a date, a version) is likely to repeat itself.
  const bool is_small = missing <= std::min<std::uint64_t>(expected / 2, UINT32_MAX);
  shortfall_ = is_small ? static_cast<std::uint32_t>(missing) : 0;
  credit_ = missing == 0 ? credit_ + (came - due) : credit_ - std::min(credit_, missing);
  owed_ = missing;
  base_answered_ = answered;
  base_received_ = received_;
}

bool AnswerGate::IsShortAsBefore(std::uint64_t expected, std::uint64_t came) const {
  if (shortfall_ == 0 || shortfall_ > expected / 2 || came == 0) return false;
  return came + shortfall_ >= expected + owed_ - std::min<std::uint64_t>(owed_, shortfall_);
}

bool AnswerGate::IsOpen(std::uint64_t answered, const AnswerHabit& habit, Instant now) const {
  const std::uint64_t expected = Expected(answered);
  const std::uint64_t came = received_ - base_received_;
  if (expected == 0 || came >= expected + owed_) return true;
  // The same difference as last time, and the segment says that it was the last one of a write.
  if (push_ && IsShortAsBefore(expected, came)) return true;
  return now >= OpensAt(answered, habit);
}

void AnswerGate::Tell(AnswerHabit& habit, std::uint64_t answered) const {
  const std::uint64_t expected = Expected(answered);
  // What is owed of an answer before is that one's matter, which was told of.
  if (expected > 0) habit.Note(received_ - base_received_ >= expected);
}

Duration AnswerGate::Quiet(const AnswerHabit& habit) const {
  const Duration pause = std::max(longest_pause_, longest_inner_pause_);
  const Duration quiet = std::max(2 * pause, tail_loss_ + habit.patience());
  return std::min(std::max<Duration>(quiet, kMinQuiet), habit.max_quiet());
}

Instant AnswerGate::OpensAt(std::uint64_t answered, const AnswerHabit& habit) const {
  if (hole_) return kNever;
  const std::uint64_t came = received_ - base_received_;
  if (came > 0 && !push_) return last_event_ + habit.max_quiet();
  if (came > 0) return last_event_ + Quiet(habit);
  return credit_ > 0 && credit_ >= Expected(answered) ? last_event_ + habit.max_quiet() : kNever;
}

}  // namespace tcpcopy
