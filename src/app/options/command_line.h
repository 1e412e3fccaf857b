#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "netstack/base/result.h"
#include "src/app/options/config_file.h"
#include "src/app/options/option_group.h"

namespace CLI {
class App;
}

namespace tcpcopy {

/// What the command line asks for instead of a run.
struct OptionsExit {
  int code = 0;         // 0: help or version; 2: a bad option
  std::string message;  // for standard output (0) or standard error (2), without a final newline
};

/// The command line of one of our programs, and the file that its --config names: takes them apart,
/// writes the help, and has one form for all that is wrong with them: "program: option: what;
/// accepted: form", one line, with "file:line: " before an option of the file.
class CommandLine {
 public:
  /// `groups` must not be empty; the last one gets --config, -h and -v.
  CommandLine(std::string program, std::string purpose, std::vector<OptionGroup> groups);
  CommandLine(const CommandLine&) = delete;
  CommandLine& operator=(const CommandLine&) = delete;
  ~CommandLine();

  /// Calls `set` of each option that is given, in the order of the groups; what the command line
  /// gives counts, and not what the file says of the same. Unknown options, values that are
  /// missing, empty or given twice (but for an option that takes the rest), and what `set` refuses
  /// are errors; none is called after the first error.
  Result<void, OptionsExit> Parse(int argc, const char* const* argv);

  const std::string& program() const { return program_; }
  const std::string& purpose() const { return purpose_; }
  /// As the help shows them, --config, -h and -v included.
  const std::vector<OptionGroup>& groups() const { return groups_; }

  /// Whether the option with this long name, such as "--transfer", was on the parsed line, or in
  /// the file.
  bool Given(const std::string& long_name) const;

  /// The error for the value of an option; the table says what is accepted.
  OptionsExit Bad(std::string_view long_name, std::string_view what) const;
  /// The error for an option that does not go together with others.
  OptionsExit Bad(std::string_view option, std::string_view what, std::string_view accepted) const;

 private:
  using MaybeBad = std::optional<OptionsExit>;

  const ValueOption* Find(std::string_view long_name) const;
  OptionsExit NotUnderstood(std::string_view error) const;
  MaybeBad FindUnknown() const;
  bool RestIsTaken() const;
  MaybeBad ReadConfig();
  MaybeBad CheckConfig();
  const ConfigSetting* InFile(std::string_view long_name) const;
  std::string NameInFile(const ConfigSetting& setting) const;
  MaybeBad Set(const ValueOption& option) const;
  MaybeBad SetFromFile(const ValueOption& option) const;

  const std::string program_;
  const std::string purpose_;
  const std::vector<OptionGroup> groups_;
  const std::unique_ptr<CLI::App> app_;
  std::string config_path_;            // --config
  std::vector<ConfigSetting> config_;  // what it sets
};

}  // namespace tcpcopy
