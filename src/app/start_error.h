#pragma once

#include <string>

namespace tcpcopy {

/// Why a run could not begin.
struct StartError {
  int exit_code = 1;    // 2: an option is at fault
  std::string message;  // one line
};

}  // namespace tcpcopy
