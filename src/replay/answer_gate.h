#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>

#include "netstack/base/time.h"
#include "src/replay/answer_habit.h"

namespace tcpcopy {

/// Decides when the next turn may go: when the target has answered the one before (DESIGN: at least
/// as many response bytes as production had given, or, since the target's answers may be shorter,
/// when it has answered and then fallen quiet). A value; knows no clock and no connection.
class AnswerGate {
 public:
  /// The shortest and the longest silence that is taken for the end of a shorter answer. In between
  /// it is twice the longest pause that the target itself made within this answer, first byte
  /// included, or in the middle of one before; and never less than it takes the target to notice
  /// that the last of what it sent was lost. Where what came does not end with PSH it is the
  /// longest one: the target is in the middle of a write and waits for its window, or for its timer
  /// because a segment was lost. And where the target's answers usually are as long as production's
  /// (`AnswerHabit`), there is time for that in any case. But `AnswerHabit::max_quiet`, which may
  /// be less than kMaxQuiet, is never exceeded.
  static constexpr Duration kMinQuiet = std::chrono::milliseconds(10);
  static constexpr Duration kMaxQuiet = std::chrono::seconds(2);

  /// The target's stream has grown to `received` bytes in order. `push`: its last segment bore PSH,
  /// as the last one of an answer does.
  void OnReceived(std::uint64_t received, bool push, Instant now);

  /// How far the target is. For a lost tail it sends a probe after two round trips (RFC 8985 7.2),
  /// whose way here takes another one.
  void NoteRoundTrip(Duration srtt, Duration rttvar) { tail_loss_ = Short(4 * (srtt + rttvar)); }

  /// Whether bytes have come that lie behind missing ones: then the answer is under way, however
  /// long the target needs to send the missing ones again.
  void NoteHole(bool hole) { hole_ = hole; }

  /// A turn was sent for which production had given `answered` response bytes in all.
  void OnTurnSent(std::uint64_t answered, Instant now);

  /// True when a turn that production had answered up to `answered` bytes for may be sent.
  bool IsOpen(std::uint64_t answered, const AnswerHabit& habit, Instant now) const;

  /// When `IsOpen` becomes true by silence alone; `kNever` while the target owes its first byte, or
  /// one that is missing in between.
  Instant OpensAt(std::uint64_t answered, const AnswerHabit& habit) const;

  /// Tells `habit` how the answer came out behind which a turn with `answered`, or the end, is sent
  /// now.
  void Tell(AnswerHabit& habit, std::uint64_t answered) const;

 private:
  /// Of which there is one in each session: small, for what is no longer than kMaxQuiet.
  using Pause = std::chrono::duration<std::uint32_t, std::nano>;

  static Pause Short(Duration pause) {
    return std::chrono::duration_cast<Pause>(std::clamp(pause, Duration{0}, kMaxQuiet));
  }

  std::uint64_t Expected(std::uint64_t answered) const;
  Duration Quiet(const AnswerHabit& habit) const;
  bool IsShortAsBefore(std::uint64_t expected, std::uint64_t came) const;

  std::uint64_t received_ = 0;
  // Both sides' positions when the last turn was sent: what counts is what came since.
  std::uint64_t base_received_ = 0;
  std::uint64_t base_answered_ = 0;
  // What was missing of an answer when silence opened the gate. If the target had only paused it
  // comes first, and is no part of the answers behind it: else all later turns, and the client's
  // FIN, would run into the middle of one answer.
  std::uint64_t owed_ = 0;
  // What came beyond the expected: longer answers, or answers to pipelined requests that came
  // before production's did. It opens the gate only after the longest silence.
  std::uint64_t credit_ = 0;
  Instant last_event_{};          // the last turn sent, or data received since
  Pause longest_pause_{0};        // within this answer, first byte included
  Pause longest_inner_pause_{0};  // in the middle of any answer
  Pause tail_loss_{0};            // it takes so long to come after all
  std::uint32_t shortfall_ = 0;   // how much shorter the target's last answer was, if only a little
  bool push_ = false;
  bool hole_ = false;
};

}  // namespace tcpcopy
