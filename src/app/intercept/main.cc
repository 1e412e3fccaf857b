#include "src/app/intercept/main.h"

#include "src/app/console.h"
#include "src/app/intercept/intercept_run.h"
#include "src/app/intercept/options.h"
#include "src/app/service/service.h"

namespace tcpcopy {

int InterceptMain(int argc, const char* const* argv) {
  NameProgram("intercept");
  PrepareStandardStreams();
  const auto options = ParseInterceptOptions(argc, argv);
  if (!options) {
    Write(options.error().code == 0 ? stdout : stderr, options.error().message + "\n");
    return options.error().code;
  }
  auto service = Service::Begin(options->service);
  if (!service) {
    LogError(service.error());
    return 2;
  }
  InterceptRun run(*options, *service);
  if (const auto prepared = run.Prepare(); !prepared) {
    LogError(prepared.error().message);
    return prepared.error().exit_code;
  }
  return run.Run();
}

}  // namespace tcpcopy
