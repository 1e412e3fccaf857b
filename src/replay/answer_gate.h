#pragma once

#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// Decides when the next turn may go: when the target has answered the one before (DESIGN: at least
/// as many response bytes as production had given, or, since the target's answers may be shorter,
/// when it has answered and then fallen quiet). A value; knows no clock and no connection.
class AnswerGate {
 public:
  /// The shortest and the longest silence that is taken for the end of a shorter answer. In between
  /// it is twice the longest pause that the target itself made within this answer, first byte
  /// included. Where what came does not end with PSH it is the longest one: the target is in the
  /// middle of a write and waits for its window, or for its timer because a segment was lost.
  static constexpr Duration kMinQuiet = std::chrono::milliseconds(10);
  static constexpr Duration kMaxQuiet = std::chrono::seconds(2);

  /// The target's stream has grown to `received` bytes in order. `push`: its last segment bore PSH,
  /// as the last one of an answer does.
  void OnReceived(std::uint64_t received, bool push, Instant now);

  /// Whether bytes have come that lie behind missing ones: then the answer is under way, however
  /// long the target needs to send the missing ones again.
  void NoteHole(bool hole) { hole_ = hole; }

  /// A turn was sent for which production had given `answered` response bytes in all.
  void OnTurnSent(std::uint64_t answered, Instant now);

  /// True when a turn that production had answered up to `answered` bytes for may be sent.
  bool IsOpen(std::uint64_t answered, Instant now) const;

  /// When `IsOpen` becomes true by silence alone; `kNever` while the target owes its first byte, or
  /// one that is missing in between.
  Instant OpensAt(std::uint64_t answered) const;

 private:
  std::uint64_t Expected(std::uint64_t answered) const;
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
  Instant last_event_{};  // the last turn sent, or data received since
  Duration longest_pause_{0};
  std::uint32_t shortfall_ = 0;  // how much shorter the target's last answer was, if only a little
  bool push_ = false;
  bool hole_ = false;
};

}  // namespace tcpcopy
