#include "src/app/main.h"

#include "src/app/console.h"
#include "src/app/doctor/doctor.h"
#include "src/app/options.h"
#include "src/app/replay_run.h"

namespace tcpcopy {

namespace {

int Refuse(const StartError& error) {
  Log(error.message);
  return error.exit_code;
}

}  // namespace

int Main(int argc, const char* const* argv) {
  PrepareStandardStreams();
  const auto options = ParseOptions(argc, argv);
  if (!options) {
    Write(options.error().code == 0 ? stdout : stderr, options.error().message + "\n");
    return options.error().code;
  }
  if (options->doctor.wanted) return Doctor(*options).Run();
  ReplayRun run(*options);
  if (options->dry_run) {
    const auto described = run.Describe();
    if (!described) return Refuse(described.error());
    return Write(stdout, *described) ? 0 : 1;
  }
  if (const auto prepared = run.Prepare(); !prepared) {
    return Refuse(prepared.error());
  }
  return run.Run();
}

}  // namespace tcpcopy
