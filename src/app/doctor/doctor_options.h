#pragma once

#include <optional>
#include <vector>

#include "netstack/wire/endpoint.h"
#include "src/app/options/command_line.h"

namespace tcpcopy {

/// --doctor and what belongs to it.
struct DoctorOptions {
  bool wanted = false;                    // --doctor
  std::vector<Endpoint> asked;            // --ask: intercepts that watch, and bring no replies
  std::optional<IpAddress> probe_client;  // --probe-client: whose address probes bear, with -c keep
};

/// The options that fill `options`, which must outlive the parsing.
OptionGroup DoctorOptionGroup(DoctorOptions& options);

/// To be called when all options of `line` are set: gives those to be asked without a port
/// `intercept_port`, and refuses what does not go together.
std::optional<OptionsExit> FinishDoctorOptions(const CommandLine& line,
                                               std::uint16_t intercept_port,
                                               DoctorOptions& options);

}  // namespace tcpcopy
