#pragma once

#include <bitset>
#include <string>
#include <vector>

#include "src/replay/ledger.h"
#include "tests/sim/captured_truth.h"
#include "tests/sim/session_script.h"

namespace tcpcopy::sim {

/// What must become of one captured session, as its capture and its target have it.
struct Expectation {
  CapturedTruth truth;
  std::bitset<kOutcomes> outcomes;  // those that are allowed; none: no session is seen
  bool replayed = false;            // a connection to the target is opened
  bool established = false;         // and accepted
  bool delivered = false;           // all of the stream that is known arrives
  bool closes = false;              // a FIN arrives

  static Expectation Of(const SessionScript& script);
  /// Whoever brings its replies may go.
  void MayLoseReplies();
};

/// Compares the ledger at the end with what was expected of all sessions; a line for each
/// difference.
std::vector<std::string> Compare(const std::vector<Expectation>& expectations,
                                 const Ledger& ledger);

}  // namespace tcpcopy::sim
