#include "src/app/options/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <set>
#include <utility>

#include "netstack/base/check.h"
#include "src/app/options/help_text.h"
#include "src/app/version.h"

namespace tcpcopy {
namespace {

constexpr const char* kConfig = "--config";
constexpr const char* kHelp = "-h,--help";
constexpr const char* kVersionFlag = "-v,--version";

std::string LongName(const std::string& names) { return names.substr(names.find("--")); }

std::vector<OptionGroup> WithHelp(std::vector<OptionGroup> groups) {
  TCPCOPY_CHECK(!groups.empty());
  groups.back().options.push_back(
      {kConfig, "FILE", std::string(ConfigFile::kForm), std::string(ConfigFile::kExample),
       "options by their long names, one a line (log-level = warning, daemon = true); the command "
       "line counts before it",
       [](const std::string&) -> Result<void, std::string> { return {}; }});
  groups.back().flags.push_back({kHelp, "this text", [] {}});
  groups.back().flags.push_back({kVersionFlag, "the program's version", [] {}});
  return groups;
}

/// Whether `long_name` is one that a file may set.
bool IsFlag(const std::vector<OptionGroup>& groups, const std::string& long_name) {
  if (long_name == LongName(kHelp) || long_name == LongName(kVersionFlag)) return false;
  for (const OptionGroup& group : groups) {
    for (const FlagOption& flag : group.flags) {
      if (LongName(flag.names) == long_name) return true;
    }
  }
  return false;
}

Result<bool, std::string> ParseFlag(const std::string& text) {
  for (const char* const yes : {"true", "yes", "on", "1"}) {
    if (text == yes) return true;
  }
  for (const char* const no : {"false", "no", "off", "0"}) {
    if (text == no) return false;
  }
  return Err(fmt::format("'{}' is neither true nor false", text));
}

}  // namespace

CommandLine::CommandLine(std::string program, std::string purpose, std::vector<OptionGroup> groups)
    : program_(std::move(program)),
      purpose_(std::move(purpose)),
      groups_(WithHelp(std::move(groups))),
      app_(std::make_unique<CLI::App>(purpose_, program_)) {
  app_->set_help_flag(kHelp);
  app_->set_version_flag(kVersionFlag, std::string(kVersion));
  for (const OptionGroup& group : groups_) {
    for (const ValueOption& option : group.options) {
      app_->add_option(option.names)->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    for (const FlagOption& flag : group.flags) {
      CLI::Option* known = app_->get_option_no_throw(LongName(flag.names));  // help, version
      if (known == nullptr) known = app_->add_flag(flag.names);
      known->disable_flag_override();
    }
  }
  app_->allow_extras();
}

CommandLine::~CommandLine() = default;

Result<void, OptionsExit> CommandLine::Parse(int argc, const char* const* argv) {
  // CLI11 takes the command line apart; what values mean is ours.
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Err(OptionsExit{0, HelpText(program_, purpose_, groups_)});
  } catch (const CLI::CallForVersion&) {
    return Err(OptionsExit{0, fmt::format("{} {}", program_, kVersion)});
  } catch (const CLI::ParseError& error) {
    return Err(NotUnderstood(error.what()));
  }
  if (const auto bad = FindUnknown()) return Err(*bad);
  if (const auto bad = ReadConfig()) return Err(*bad);
  for (const OptionGroup& group : groups_) {
    for (const ValueOption& option : group.options) {
      if (const auto bad = Set(option)) return Err(*bad);
    }
    for (const FlagOption& flag : group.flags) {
      if (Given(LongName(flag.names))) flag.set();
    }
  }
  return {};
}

bool CommandLine::Given(const std::string& long_name) const {
  return app_->count(long_name) > 0 || InFile(long_name) != nullptr;
}

OptionsExit CommandLine::Bad(std::string_view long_name, std::string_view what) const {
  const ValueOption* const option = Find(long_name);
  TCPCOPY_CHECK(option != nullptr);
  return Bad(option->name(), what, option->form());
}

OptionsExit CommandLine::Bad(std::string_view option, std::string_view what,
                             std::string_view accepted) const {
  std::string line = fmt::format("{}: {}: {}; accepted: {}", program_, option, what, accepted);
  // What was given may hold anything; the message stays one line.
  std::ranges::replace_if(
      line, [](char c) { return static_cast<unsigned char>(c) < ' ' || c == '\x7f'; }, '?');
  return {2, std::move(line)};
}

/// The two errors that are left to CLI11: an option without its value (the text begins with its
/// long name), and a flag with one (the text begins with its name without dashes).
OptionsExit CommandLine::NotUnderstood(std::string_view error) const {
  const std::string_view name = error.substr(0, error.find_first_of(": "));
  if (const ValueOption* const option = Find(name)) {
    return Bad(option->name(), "has no value", option->form());
  }
  return Bad(fmt::format("--{}", name), "takes no value",
             fmt::format("the name alone, such as --{}", name));
}

const ValueOption* CommandLine::Find(std::string_view long_name) const {
  for (const OptionGroup& group : groups_) {
    for (const ValueOption& option : group.options) {
      if (option.long_name() == long_name) return &option;
    }
  }
  return nullptr;
}

CommandLine::MaybeBad CommandLine::FindUnknown() const {
  for (const std::string& text : app_->remaining()) {
    if (text == "--") continue;
    if (!text.starts_with('-') && RestIsTaken()) continue;
    return Bad(text.empty() ? "''" : text,
               text.starts_with('-') ? "is unknown" : "belongs to no option",
               fmt::format("the options that {} --help lists", program_));
  }
  return std::nullopt;
}

bool CommandLine::RestIsTaken() const {
  for (const OptionGroup& group : groups_) {
    for (const ValueOption& option : group.options) {
      if (option.takes_rest && app_->count(std::string(option.long_name())) > 0) return true;
    }
  }
  return false;
}

CommandLine::MaybeBad CommandLine::Set(const ValueOption& option) const {
  auto values = app_->get_option(std::string(option.long_name()))->results();
  if (values.empty()) return SetFromFile(option);
  if (option.takes_rest) {
    std::ranges::copy_if(app_->remaining(), std::back_inserter(values),
                         [](const std::string& word) { return word != "--"; });
    for (const std::string& value : values) {
      if (value.empty()) return Bad(option.name(), "'' is empty", option.form());
      if (const auto done = option.set(value); !done) {
        return Bad(option.name(), done.error(), option.form());
      }
    }
    return std::nullopt;
  }
  if (values.size() > 1) {
    return Bad(option.name(), fmt::format("is given {} times", values.size()),
               "once, " + option.form());
  }
  if (values[0].empty()) return Bad(option.name(), "'' is empty", option.form());
  if (const auto done = option.set(values[0]); !done) {
    return Bad(option.name(), done.error(), option.form());
  }
  return std::nullopt;
}

// ---------------------------------------------------------------------------------------------------
// The file.

CommandLine::MaybeBad CommandLine::ReadConfig() {
  const ValueOption& option = *Find(kConfig);
  if (const auto bad = Set(option)) return bad;
  if (app_->count(kConfig) == 0) return std::nullopt;
  config_path_ = app_->get_option(kConfig)->results()[0];
  auto file = ConfigFile::Read(config_path_);
  if (!file && file.error().line == 0) return Bad(kConfig, file.error().what);
  if (!file) {
    return Bad(fmt::format("{}:{}", config_path_, file.error().line), file.error().what,
               fmt::format("{} = {}", groups_[0].options[0].long_name().substr(2),
                           groups_[0].options[0].example));
  }
  config_ = file->settings();
  return CheckConfig();
}

/// Refuses names that are unknown or there twice, and takes flags away that are not set.
CommandLine::MaybeBad CommandLine::CheckConfig() {
  std::set<std::string_view> seen;
  std::set<std::string> off;
  for (const ConfigSetting& setting : config_) {
    const std::string long_name = "--" + setting.name;
    const bool is_flag = IsFlag(groups_, long_name);
    if ((!is_flag && Find(long_name) == nullptr) || long_name == kConfig) {
      return Bad(
          NameInFile(setting), "is unknown",
          fmt::format("what {} --help lists, without dashes, such as {} = {}", program_,
                      groups_[0].options[0].long_name().substr(2), groups_[0].options[0].example));
    }
    if (!seen.insert(setting.name).second) {
      return Bad(NameInFile(setting), "is there a second time", "each option once");
    }
    if (!is_flag) continue;
    const auto value = ParseFlag(setting.value);
    if (!value) {
      return Bad(NameInFile(setting), value.error(),
                 fmt::format("true or false, such as {} = true", setting.name));
    }
    if (!*value) off.insert(setting.name);
  }
  std::erase_if(config_, [&](const ConfigSetting& setting) { return off.contains(setting.name); });
  return std::nullopt;
}

const ConfigSetting* CommandLine::InFile(std::string_view long_name) const {
  const auto found = std::ranges::find(config_, long_name.substr(2), &ConfigSetting::name);
  return found == config_.end() ? nullptr : &*found;
}

std::string CommandLine::NameInFile(const ConfigSetting& setting) const {
  return fmt::format("{}:{}: {}", config_path_, setting.line, setting.name);
}

CommandLine::MaybeBad CommandLine::SetFromFile(const ValueOption& option) const {
  const ConfigSetting* const setting = InFile(option.long_name());
  if (setting == nullptr) return std::nullopt;
  if (setting->value.empty()) return Bad(NameInFile(*setting), "'' is empty", option.form());
  if (const auto done = option.set(setting->value); !done) {
    return Bad(NameInFile(*setting), done.error(), option.form());
  }
  return std::nullopt;
}

}  // namespace tcpcopy
