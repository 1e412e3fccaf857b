// Prints the tables of both programs' options as JSON: what the manual pages and the completion are
// made of.

#include <cstdio>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "src/app/intercept/options.h"
#include "src/app/options/options.h"
#include "src/app/version.h"
#include "src/replay/outcome.h"

namespace tcpcopy {
namespace {

using Json = nlohmann::ordered_json;

std::vector<std::string> Names(const std::string& names) {
  const std::size_t comma = names.find(',');
  if (comma == std::string::npos) return {names};
  return {names.substr(0, comma), names.substr(comma + 1)};
}

Json Describe(const CommandLine& line) {
  Json groups = Json::array();
  for (const OptionGroup& group : line.groups()) {
    Json options = Json::array();
    for (const ValueOption& option : group.options) {
      options.push_back({{"names", Names(option.names)},
                         {"value", option.value},
                         {"accepted", option.accepted},
                         {"example", option.example},
                         {"help", option.help}});
    }
    for (const FlagOption& flag : group.flags) {
      options.push_back({{"names", Names(flag.names)}, {"help", flag.help}});
    }
    groups.push_back({{"title", group.title}, {"options", options}});
  }
  return {{"purpose", line.purpose()}, {"groups", groups}};
}

template <typename ProgramOptions>
void Add(Json& programs) {
  ProgramOptions options;
  const CommandLine line = OptionTables(options);
  programs[line.program()] = Describe(line);
}

int Print() {
  Json programs;
  Add<Options>(programs);
  Add<InterceptOptions>(programs);
  Json outcomes = Json::array();
  for (std::size_t i = 0; i < kOutcomes; ++i) outcomes.push_back(ToString(Outcome(i)));
  const Json all = {{"version", kVersion}, {"programs", programs}, {"outcomes", outcomes}};
  return std::puts(all.dump(1).c_str()) < 0 ? 1 : 0;
}

}  // namespace
}  // namespace tcpcopy

int main() { return tcpcopy::Print(); }
