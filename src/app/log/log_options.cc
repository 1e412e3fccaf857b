#include "src/app/log/log_options.h"

#include <fmt/format.h>

namespace tcpcopy {

std::vector<ValueOption> LogOptionList(LogOptions& options) {
  return {{"--log-level", "LEVEL", "error, warning, info or debug", "warning",
           "leaves out what matters less than error, warning, info or debug (info)",
           [&options](const std::string& text) -> Result<void, std::string> {
             const auto level = ParseLogLevel(text);
             if (!level) return Err(fmt::format("'{}' is unknown", text));
             options.level = *level;
             return {};
           }},
          {"--log-format", "text|json", "text or json", "json",
           "how lines of the log look: text, or json, one object a line (text)",
           [&options](const std::string& text) -> Result<void, std::string> {
             const auto format = ParseLogFormat(text);
             if (!format) return Err(fmt::format("'{}' is unknown", text));
             options.format = *format;
             return {};
           }}};
}

}  // namespace tcpcopy
