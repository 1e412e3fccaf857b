#pragma once

#include <vector>

#include "src/app/log/log_level.h"
#include "src/app/options/value_option.h"

namespace tcpcopy {

/// What the log is to look like.
struct LogOptions {
  LogLevel level = LogLevel::kInfo;     // --log-level
  LogFormat format = LogFormat::kText;  // --log-format
};

/// The options that fill `options`, which must outlive the parsing.
std::vector<ValueOption> LogOptionList(LogOptions& options);

}  // namespace tcpcopy
