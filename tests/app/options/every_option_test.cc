// What every option of both programs keeps, whoever adds it: walks over the tables themselves.

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "src/app/intercept/options.h"
#include "src/app/options/options.h"

namespace tcpcopy {
namespace {

/// One that may be any text, of which only a run can tell whether there is such a thing.
bool IsFreeText(const ValueOption& option) {
  return std::ranges::any_of(std::vector<std::string>{"FILE", "IF"}, [&](const std::string& word) {
    return option.value.find(word) != std::string::npos;
  });
}

/// Whether what is accepted begins at 0, by its own words: "0..100 ms", "none, or 0..5".
bool SaysZero(const ValueOption& option) {
  const std::size_t at = option.accepted.find("0..");
  return at == 0 || (at != std::string::npos && option.accepted[at - 1] == ' ');
}

template <typename ProgramOptions>
Result<void, OptionsExit> Parse(const std::vector<std::string>& arguments) {
  ProgramOptions options;
  CommandLine line = OptionTables(options);
  std::vector<const char*> argv{line.program().c_str()};
  for (const std::string& argument : arguments) argv.push_back(argument.c_str());
  return line.Parse(static_cast<int>(argv.size()), argv.data());
}

/// Calls `check` with each option that takes a value.
template <typename ProgramOptions>
void ForEachOption(const auto& check) {
  ProgramOptions options;
  const CommandLine line = OptionTables(options);
  int seen = 0;
  for (const OptionGroup& group : line.groups()) {
    for (const ValueOption& option : group.options) {
      check(line, option);
      ++seen;
    }
  }
  BOOST_TEST(seen > 10);  // a walk that finds nothing proves nothing
}

template <typename ProgramOptions>
void CheckBadLine(const std::vector<std::string>& arguments, const std::string& begin,
                  const std::string& end) {
  const auto done = Parse<ProgramOptions>(arguments);
  BOOST_TEST_REQUIRE(!done.has_value(), begin << arguments.back() << " is accepted");
  const std::string& line = done.error().message;
  BOOST_TEST(done.error().code == 2, line);
  BOOST_TEST(line.find_first_of("\r\n") == std::string::npos, line);
  BOOST_TEST(line.starts_with(begin), line);
  BOOST_TEST(line.find("; accepted: ") != std::string::npos, line);
  BOOST_TEST(line.ends_with(end), line);
}

template <typename ProgramOptions>
void BadValuesAreOneLine(const CommandLine& line, const ValueOption& option) {
  const std::string begin = line.program() + ": " + std::string(option.name()) + ": ";
  const std::string end = ", such as " + option.example;
  for (const std::string_view view : {option.name(), option.long_name()}) {
    const std::string name(view);
    CheckBadLine<ProgramOptions>({name}, begin + "has no value", end);
    CheckBadLine<ProgramOptions>({name, ""}, begin + "'' is empty", end);
    for (const char* const value :
         {"0", "-1", "x", "99999999999999999999", "-99999999999999999999", "1\n2", "0x10", "nan"}) {
      if (Parse<ProgramOptions>({name, value}).has_value()) {
        const bool zero = value == std::string_view("0") && SaysZero(option);
        BOOST_TEST((zero || IsFreeText(option)), begin << value << " is accepted");
      } else {
        CheckBadLine<ProgramOptions>({name, value}, begin, end);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(ABadValueOfAnyOptionIsOneLineWithNameFormAndExample) {
  ForEachOption<Options>(BadValuesAreOneLine<Options>);
  ForEachOption<InterceptOptions>(BadValuesAreOneLine<InterceptOptions>);
}

template <typename ProgramOptions>
void ExampleIsGood(const CommandLine& line, const ValueOption& option) {
  const std::string what = line.program() + " " + option.names;
  BOOST_TEST_REQUIRE(!option.example.empty(), what);
  BOOST_TEST_REQUIRE(!option.accepted.empty(), what);
  BOOST_TEST(option.accepted.find("such as") == std::string::npos, what);
  if (option.value.find("FILE") != std::string::npos) return;
  std::string example = option.example;  // as one would type it in a shell
  std::erase(example, '\'');
  const auto done = option.set(example);
  BOOST_TEST(done.has_value(), what << ": " << (done ? "" : done.error()));
}

BOOST_AUTO_TEST_CASE(EachExampleIsAGoodValue) {
  ForEachOption<Options>(ExampleIsGood<Options>);
  ForEachOption<InterceptOptions>(ExampleIsGood<InterceptOptions>);
}

template <typename ProgramOptions>
void NamesAreWellMade() {
  ProgramOptions options;
  const CommandLine line = OptionTables(options);
  std::set<std::string> taken;
  const auto check = [&](const std::string& names, const std::string& help) {
    const std::size_t comma = names.find(',');
    const bool has_short = comma != std::string::npos;
    const std::string long_name = has_short ? names.substr(comma + 1) : names;
    BOOST_TEST((long_name.starts_with("--") && long_name.size() > 4), names << " has no long name");
    BOOST_TEST(taken.insert(long_name).second, long_name);
    if (has_short) {
      BOOST_TEST((comma == 2 && names[0] == '-' && names[1] != '-'), names);
      BOOST_TEST(taken.insert(names.substr(0, comma)).second, names);
    }
    BOOST_TEST(!help.empty(), names);
    BOOST_TEST(!help.ends_with('.'), names);
  };
  for (const OptionGroup& group : line.groups()) {
    for (const ValueOption& option : group.options) check(option.names, option.help);
    for (const FlagOption& flag : group.flags) check(flag.names, flag.help);
  }
}

BOOST_AUTO_TEST_CASE(EveryOptionHasALongNameOfItsOwnAndAHelp) {
  NamesAreWellMade<Options>();
  NamesAreWellMade<InterceptOptions>();
}

/// Command lines of names, values and debris.
template <typename ProgramOptions>
void AnyWords() {
  std::vector<std::string> words{
      "",   "-", "--",  "=",    "--=",      "-=", "0",   "-1",  "x", "80-10.0.0.2:8080",
      "\n", "%", "-xx", "--no", "10.0.0.1", "/",  "a,b", "\xff"};
  ProgramOptions for_names;
  const CommandLine names = OptionTables(for_names);
  for (const OptionGroup& group : names.groups()) {
    for (const ValueOption& option : group.options) {
      words.insert(words.end(),
                   {std::string(option.name()), std::string(option.long_name()), option.example});
    }
    for (const FlagOption& flag : group.flags) words.push_back(flag.names.substr(0, 2));
  }
  Prng random(1);
  int refused = 0;
  for (int i = 0; i < 1000; ++i) {
    std::vector<std::string> arguments;
    for (auto n = random.Below(4) + 1; n > 0; --n) {
      std::string word = words[random.Below(words.size())];
      if (random.Below(4) == 0) word += words[random.Below(words.size())];
      arguments.push_back(std::move(word));
    }
    const auto done = Parse<ProgramOptions>(arguments);
    if (done || done.error().code == 0) continue;
    ++refused;
    const std::string& line = done.error().message;
    BOOST_TEST(done.error().code == 2);
    BOOST_TEST(line.find_first_of("\r\n") == std::string::npos, line);
    BOOST_TEST(line.starts_with(names.program() + ": "), line);
    BOOST_TEST(line.find("; accepted: ") != std::string::npos, line);
  }
  BOOST_TEST(refused > 500);
}

BOOST_AUTO_TEST_CASE(AnyWordsAreReadOrRefusedWithOneLine) {
  AnyWords<Options>();
  AnyWords<InterceptOptions>();
}

template <typename ProgramOptions>
void FlagsTakeNoValue() {
  ProgramOptions options;
  const CommandLine line = OptionTables(options);
  for (const OptionGroup& group : line.groups()) {
    for (const FlagOption& flag : group.flags) {
      const std::string name = flag.names.substr(flag.names.find("--"));
      for (const char* const value : {"0", "1", "x", "false"}) {
        CheckBadLine<ProgramOptions>({name + "=" + value},
                                     line.program() + ": " + name + ": takes no value",
                                     ", such as " + name);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(NoFlagTakesAValue) {
  FlagsTakeNoValue<Options>();
  FlagsTakeNoValue<InterceptOptions>();
}

}  // namespace
}  // namespace tcpcopy
