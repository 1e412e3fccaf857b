#pragma once

#include <string>
#include <utility>

#include "netstack/base/result.h"

namespace tcpcopy {

/// Why a run could not begin.
struct StartError {
  int exit_code = 1;    // 2: an option is at fault
  std::string message;  // one line
};

/// `return Fail(...)`, from whatever begins a run.
inline tl::unexpected<StartError> Fail(std::string message, int exit_code = 1) {
  return Err(StartError{exit_code, std::move(message)});
}

}  // namespace tcpcopy
