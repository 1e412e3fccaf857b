#include "src/app/doctor/doctor_options.h"

#include <fmt/format.h>

#include <utility>

#include "src/app/options/endpoint_list.h"

namespace tcpcopy {
namespace {

using Done = Result<void, std::string>;

constexpr std::size_t kMostAsked = 16;
constexpr std::string_view kAskedForm = "IP[:PORT],... numeric, IPv6 in brackets, 16 at most";

Done SetAsked(const std::string& text, DoctorOptions& options) {
  auto list = ParseEndpoints(text, kMostAsked);
  if (!list) return Err(list.error());
  options.asked = *std::move(list);
  return {};
}

Done SetProbeClient(const std::string& text, DoctorOptions& options) {
  options.probe_client = IpAddress::Parse(text);
  if (!options.probe_client) return Err(fmt::format("'{}' is no IP address", text));
  return {};
}

}  // namespace

OptionGroup DoctorOptionGroup(DoctorOptions& o) {
  return {"Diagnosis",
          {{"--ask", "IP[:PORT],...", std::string(kAskedForm), "10.0.0.2",
            "further hosts where intercept runs, which only watch: the target above all",
            [&o](const std::string& text) { return SetAsked(text, o); }},
           {"--probe-client", "IP", "a numeric address", "192.0.2.7",
            "the client whose address probes bear with -c keep (the first one that is seen)",
            [&o](const std::string& text) { return SetProbeClient(text, o); }}},
          {{"--doctor",
            "copy nothing; send a few probes as a replay would, and tell what is wrong and how to "
            "mend it. Ends with 0 when a replay would work, with 1 when not",
            [&o] { o.wanted = true; }}}};
}

std::optional<OptionsExit> FinishDoctorOptions(const CommandLine& line,
                                               std::uint16_t intercept_port,
                                               DoctorOptions& options) {
  for (const char* const name : {"--ask", "--probe-client"}) {
    if (line.Given(name) && !options.wanted) {
      return line.Bad(name, "is for the diagnosis", "together with --doctor");
    }
  }
  if (options.wanted && line.Given("--dry-run")) {
    return line.Bad("--doctor", "contradicts --dry-run", "one of them");
  }
  for (Endpoint& asked : options.asked) {
    if (asked.port == 0) asked.port = intercept_port;
  }
  return std::nullopt;
}

}  // namespace tcpcopy
