#pragma once

#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// What a program that was run to its end has said.
struct ProgramResult {
  int exit_code = 0;  // 128 + the signal that ended it
  std::string output;
  std::string error;
};

/// Runs `command` (a name that is looked for in PATH and where administrators' programs are, and
/// its arguments), gives it `input`, and waits for its end: for short ones only. It has our
/// capability CAP_NET_ADMIN, also when we have it from our file. The error: it could not be
/// started.
Result<ProgramResult, IoError> RunProgram(const std::vector<std::string>& command,
                                          const std::string& input);

}  // namespace tcpcopy
