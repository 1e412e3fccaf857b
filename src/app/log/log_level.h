#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace tcpcopy {

/// How much a line of the log matters, the most first.
enum class LogLevel : std::uint8_t {
  kError,    // something failed for good: the exit code will tell, too
  kWarning,  // something is not as it should be; the program goes on
  kInfo,     // what a user wants to know of a run that goes well
  kDebug,    // a line for each session
};

/// How a line of the log looks.
enum class LogFormat : std::uint8_t {
  kText,  // for people
  kJson,  // for programs: an object a line
};

/// "error", "warning", "info", "debug".
std::string_view ToString(LogLevel level);

/// Their opposites; none for any other text.
std::optional<LogLevel> ParseLogLevel(std::string_view text);
std::optional<LogFormat> ParseLogFormat(std::string_view text);

}  // namespace tcpcopy
