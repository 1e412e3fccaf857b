#include "src/app/main.h"

#include "src/app/add_summaries.h"
#include "src/app/console.h"
#include "src/app/doctor/doctor.h"
#include "src/app/options/options.h"
#include "src/app/replay_run.h"
#include "src/app/service/service.h"

namespace tcpcopy {

namespace {

int Refuse(const StartError& error) {
  LogError(error.message);
  return error.exit_code;
}

int DryRun(const Options& options) {
  Service none;
  const auto described = ReplayRun(options, none).Describe();
  if (!described) return Refuse(described.error());
  return Write(stdout, *described) ? 0 : 1;
}

int AddUp(const std::vector<std::string>& paths) {
  const auto sum = AddSummaries(paths);
  if (!sum) return Refuse({2, sum.error()});
  if (!Write(stdout, sum->json)) return 1;
  if (sum->missing.empty()) return 0;
  LogWarning(sum->missing);
  return 1;
}

}  // namespace

int Main(int argc, const char* const* argv) {
  PrepareStandardStreams();
  const auto options = ParseOptions(argc, argv);
  if (!options) {
    Write(options.error().code == 0 ? stdout : stderr, options.error().message + "\n");
    return options.error().code;
  }
  if (!options->summaries.empty()) return AddUp(options->summaries);
  if (options->doctor.wanted) return Doctor(*options).Run();
  if (options->dry_run) return DryRun(*options);
  auto service = Service::Begin(options->service);
  if (!service) return Refuse({2, service.error()});
  ReplayRun run(*options, *service);
  if (const auto prepared = run.Prepare(); !prepared) {
    return Refuse(prepared.error());
  }
  return run.Run();
}

}  // namespace tcpcopy
