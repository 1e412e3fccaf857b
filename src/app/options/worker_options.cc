#include "src/app/options/worker_options.h"

#include <fmt/format.h>

#include "src/app/options/capture_file_list.h"
#include "src/replay/port_class.h"

namespace tcpcopy {

ValueOption WorkersOption(unsigned& workers) {
  return {
      "--workers",
      "N|auto",
      fmt::format("1..{} threads, or auto", PortClass::kMost),
      "4",
      "threads that share the sessions, each with its own captures, sockets and ports (auto: one "
      "for each four CPUs, 8 at most)",
      [&workers](const std::string& text) -> Result<void, std::string> {
        if (text == "auto") {
          workers = 0;
          return {};
        }
        const auto number = ParseWhole(text, {1, PortClass::kMost, ""});
        if (!number) return Err(number.error());
        workers = static_cast<unsigned>(*number);
        return {};
      }};
}

std::string WorkersProblem(unsigned workers, const std::vector<std::string>& files) {
  const std::string once = workers > 1 ? ReadOnceOnly(files) : "";
  if (once.empty()) return "";
  return fmt::format("'{}' can be read once only, and each worker reads all", once);
}

}  // namespace tcpcopy
