#pragma once

namespace tcpcopy::internal {

/// Prints `file:line: CHECK failed: text` to standard error and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* text);

}  // namespace tcpcopy::internal

/// Stops the process when a programmer's assumption is broken, in every build. Never for what comes
/// from outside (packets, files, flags, peers, kernel answers): that is counted or reported.
#define TCPCOPY_CHECK(condition)                                        \
  do {                                                                  \
    if (!(condition)) [[unlikely]]                                      \
      ::tcpcopy::internal::CheckFailed(__FILE__, __LINE__, #condition); \
  } while (false)
