#include "src/app/command_line.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <utility>

#include "netstack/base/check.h"
#include "src/app/version.h"

namespace tcpcopy {
namespace {

constexpr const char* kHelp = "-h,--help";
constexpr const char* kVersionFlag = "-v,--version";

std::string LongName(const std::string& names) { return names.substr(names.find("--")); }

std::vector<OptionGroup> WithHelp(std::vector<OptionGroup> groups) {
  TCPCOPY_CHECK(!groups.empty());
  groups.back().flags.push_back({kHelp, "this text", [] {}});
  groups.back().flags.push_back({kVersionFlag, "the program's version", [] {}});
  return groups;
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
      app_->add_option(option.names, option.help)
          ->group(group.title)
          ->type_name(option.value)
          ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    for (const FlagOption& flag : group.flags) {
      CLI::Option* known = app_->get_option_no_throw(LongName(flag.names));  // help, version
      if (known == nullptr) known = app_->add_flag(flag.names);
      known->description(flag.help)->group(group.title)->disable_flag_override();
    }
  }
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
               "once, " + option.form());
  }
  if (values[0].empty()) return Bad(option.name(), "'' is empty", option.form());
  if (const auto done = option.set(values[0]); !done) {
    return Bad(option.name(), done.error(), option.form());
  }
  return std::nullopt;
}

}  // namespace tcpcopy
