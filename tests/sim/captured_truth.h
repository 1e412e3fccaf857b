#pragma once

#include <string>

#include "tests/sim/session_script.h"

namespace tcpcopy::sim {

/// What can be known of a client from the packets that a capture shows: a byte model, slow and
/// plain, that shares nothing with the replay's.
struct CapturedTruth {
  bool syn = false;     // its SYN was captured
  bool speaks = false;  // payload was
  std::string stream;   // bytes without a hole from the beginning, each as captured first
  bool gap = false;     // the client sent more
  bool fin = false;     // its FIN was captured
  bool reset = false;   // its RST was
};

CapturedTruth ReadCapture(const SessionScript& script);

}  // namespace tcpcopy::sim
