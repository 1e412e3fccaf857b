#include "src/app/main.h"

#include "src/app/console.h"
#include "src/app/options.h"
#include "src/app/replay_run.h"

namespace tcpcopy {

int Main(int argc, const char* const* argv) {
  PrepareStandardStreams();
  const auto options = ParseOptions(argc, argv);
  if (!options) {
    Write(options.error().code == 0 ? stdout : stderr, options.error().message + "\n");
    return options.error().code;
  }
  ReplayRun run(*options);
  if (const auto prepared = run.Prepare(); !prepared) {
    Log(prepared.error().message);
    return prepared.error().exit_code;
  }
  return run.Run();
}

}  // namespace tcpcopy
