#pragma once

#include <chrono>
#include <cstdint>

#include "netstack/base/time.h"

namespace tcpcopy {

/// How patient sessions are with a target. Learns from all of them whether its answers are as long
/// as production's. Where they usually are, silence in the middle of one is hardly its end: then
/// sessions wait longer before they take it for that. Where they are not, waiting would only slow
/// each turn down.
class AnswerHabit {
 public:
  /// What is waited for where answers are as long, beyond a few round trips
  /// (`AnswerGate::NoteRoundTrip`). Of a tail of one segment the probe comes after the longest
  /// delay of an ACK (RFC 8985 7.2); where that is lost, too, the target's timer has to run out
  /// (RFC 6298). Linux takes 200 ms for either.
  static constexpr Duration kPatience = std::chrono::milliseconds(500);

  /// `max_quiet`: the longest silence that is taken for the end of an answer.
  explicit AnswerHabit(Duration max_quiet) : max_quiet_(max_quiet) {}

  /// A turn of some session is over: the target has given as many bytes as production, or it has
  /// fallen quiet, or closed, before.
  void Note(bool is_as_long) {
    // Some 45 of the one kind make up for one or two of the other: a stall that was taken for the
    // end is rare, and what is shorter by nature comes again soon.
    if (is_as_long) {
      trust_ += (kWhole - trust_) / 64;
    } else {
      trust_ -= trust_ / 4;
    }
  }

  /// Zero, as long as nothing is known.
  Duration patience() const { return trust_ >= kWhole / 2 ? kPatience : Duration{0}; }
  Duration max_quiet() const { return max_quiet_; }

 private:
  static constexpr std::uint32_t kWhole = 1U << 20;
  Duration max_quiet_;
  std::uint32_t trust_ = 0;
};

}  // namespace tcpcopy
