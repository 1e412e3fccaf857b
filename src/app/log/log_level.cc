#include "src/app/log/log_level.h"

#include <array>

namespace tcpcopy {
namespace {

constexpr std::array<std::string_view, 4> kLevels{"error", "warning", "info", "debug"};

}  // namespace

std::string_view ToString(LogLevel level) { return kLevels[static_cast<std::size_t>(level)]; }

std::optional<LogLevel> ParseLogLevel(std::string_view text) {
  for (std::size_t i = 0; i < kLevels.size(); ++i) {
    if (kLevels[i] == text) return static_cast<LogLevel>(i);
  }
  return std::nullopt;
}

std::optional<LogFormat> ParseLogFormat(std::string_view text) {
  if (text == "text") return LogFormat::kText;
  if (text == "json") return LogFormat::kJson;
  return std::nullopt;
}

}  // namespace tcpcopy
