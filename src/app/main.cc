#include "src/app/main.h"

#include <fmt/format.h>

#include "src/app/options.h"
#include "src/app/replay_run.h"

namespace tcpcopy {

int Main(int argc, const char* const* argv) {
  const auto options = ParseOptions(argc, argv);
  if (!options) {
    fmt::print(options.error().code == 0 ? stdout : stderr, "{}\n", options.error().message);
    return options.error().code;
  }
  ReplayRun run(*options);
  if (const auto prepared = run.Prepare(); !prepared) {
    fmt::print(stderr, "tcpcopy: {}\n", prepared.error().message);
    return prepared.error().exit_code;
  }
  return run.Run();
}

}  // namespace tcpcopy
