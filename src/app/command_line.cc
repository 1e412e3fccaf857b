#include "src/app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "netstack/base/check.h"
#include "src/app/version.h"

namespace tcpcopy {
namespace {

std::string LongName(const std::string& names) { return names.substr(names.find("--")); }

}  // namespace

CommandLine::CommandLine(std::string program, const std::string& purpose,
                         std::vector<OptionGroup> groups)
    : program_(std::move(program)),
      groups_(std::move(groups)),
      app_(std::make_unique<CLI::App>(purpose, program_)) {
  TCPCOPY_CHECK(!groups_.empty());
  for (const OptionGroup& group : groups_) {
    for (const ValueOption& option : group.options) {
      app_->add_option(option.names, option.help)
          ->group(group.title)
          ->type_name(option.value)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    for (const FlagOption& flag : group.flags) {
      app_->add_flag(flag.names, flag.help)->group(group.title)->disable_flag_override();
    }
  }
  app_->set_help_flag("-h,--help", "this text")->group(groups_.back().title);
  app_->set_version_flag("-v,--version", std::string(kVersion), "the program's version")
      ->group(groups_.back().title);
  app_->allow_extras();
}

CommandLine::~CommandLine() = default;

Result<void, OptionsExit> CommandLine::Parse(int argc, const char* const* argv) {
  // CLI11 takes the command line apart and writes the help; what values mean is ours.
  try {
    app_->parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    return Err(OptionsExit{0, app_->help()});
  } catch (const CLI::CallForVersion&) {
    return Err(OptionsExit{0, fmt::format("{} {}", program_, kVersion)});
  } catch (const CLI::ParseError& error) {
    return Err(NotUnderstood(error.what()));
  }
  if (const auto bad = FindUnknown()) return Err(*bad);
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

bool CommandLine::Given(const std::string& long_name) const { return app_->count(long_name) > 0; }

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
  for (const OptionGroup& group : groups_) {
    for (const ValueOption& option : group.options) {
      if (option.long_name() == name) return Bad(option.name(), "has no value", option.accepted);
    }
  }
  return Bad(fmt::format("--{}", name), "takes no value", "the name alone");
}

CommandLine::MaybeBad CommandLine::FindUnknown() const {
  for (const std::string& text : app_->remaining()) {
    if (text == "--") continue;
    return Bad(text.empty() ? "''" : text,
               text.starts_with('-') ? "is unknown" : "belongs to no option",
               fmt::format("the options that {} --help lists", program_));
  }
  return std::nullopt;
}

CommandLine::MaybeBad CommandLine::Set(const ValueOption& option) const {
  const auto& values = app_->get_option(std::string(option.long_name()))->results();
  if (values.empty()) return std::nullopt;
  if (values.size() > 1) {
    return Bad(option.name(), fmt::format("is given {} times", values.size()),
               "once, " + option.accepted);
  }
  if (values[0].empty()) return Bad(option.name(), "'' is empty", option.accepted);
  if (const auto done = option.set(values[0]); !done) {
    return Bad(option.name(), done.error(), option.accepted);
  }
  return std::nullopt;
}

}  // namespace tcpcopy
