#include "src/app/command_line.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

/// A program with a number, a word that refuses "bad", and a flag.
struct Program {
  std::string number;
  std::string word;
  int flag = 0;
  CommandLine line{"sorter",
                   "Sorts.",
                   {{"First",
                     {WholeNumber("-n,--number", {1, 9, "pieces"}, 5, "how many",
                                  [this](auto n) { number = std::to_string(n); })},
                     {{"-f,--flag", "fast", [this] { ++flag; }}}},
                    {"Second",
                     {{"--word", "WORD", "any word but bad", "good", "which",
                       [this](const std::string& text) -> Result<void, std::string> {
                         if (text == "bad") return Err(std::string("'bad' is bad"));
                         word = text;
                         return {};
                       }}}}}};

  Result<void, OptionsExit> Parse(const std::vector<const char*>& arguments) {
    std::vector<const char*> argv{"/usr/bin/sorter"};
    argv.insert(argv.end(), arguments.begin(), arguments.end());
    return line.Parse(static_cast<int>(argv.size()), argv.data());
  }
};

BOOST_AUTO_TEST_CASE(WhatIsGivenIsSetAndNothingElse) {
  Program program;
  BOOST_TEST(program.Parse({"--word=x", "-f", "--flag"}).has_value());
  BOOST_TEST(program.word == "x");
  BOOST_TEST(program.number == "");
  BOOST_TEST(program.flag == 1);
  BOOST_TEST(program.line.Given("--word"));
  BOOST_TEST(program.line.Given("--flag"));
  BOOST_TEST(!program.line.Given("--number"));
}

BOOST_AUTO_TEST_CASE(EveryMistakeIsOneLineOfOneForm) {
  struct Row {
    std::vector<const char*> arguments;
    const char* line;
  };
  const Row table[] = {
      {{"-n", "10"}, "sorter: -n: '10' is out of range; accepted: 1..9 pieces, such as 5"},
      {{"-n", "1", "--number=2"},
       "sorter: -n: is given 2 times; accepted: once, 1..9 pieces, such as 5"},
      {{"-n"}, "sorter: -n: has no value; accepted: 1..9 pieces, such as 5"},
      {{"--word", ""}, "sorter: --word: '' is empty; accepted: any word but bad, such as good"},
      {{"--word", "bad"}, "sorter: --word: 'bad' is bad; accepted: any word but bad, such as good"},
      {{"--flag=no"}, "sorter: --flag: takes no value; accepted: the name alone, such as --flag"},
      {{"-q"}, "sorter: -q: is unknown; accepted: the options that sorter --help lists"},
      {{"q\n"}, "sorter: q?: belongs to no option; accepted: the options that sorter --help lists"},
  };
  for (const Row& row : table) {
    Program program;
    const auto done = program.Parse(row.arguments);
    BOOST_TEST_REQUIRE(!done.has_value(), row.line);
    BOOST_TEST(done.error().code == 2);
    BOOST_TEST(done.error().message == row.line);
  }
}

BOOST_AUTO_TEST_CASE(NothingIsSetAfterAMistake) {
  Program program;
  BOOST_TEST(!program.Parse({"--word", "x", "-n", "10"}).has_value());
  BOOST_TEST(program.word == "");
}

BOOST_AUTO_TEST_CASE(HelpAndVersionAreTheProgramsOwn) {
  const auto help = Program().Parse({"--help"});
  BOOST_TEST_REQUIRE(!help.has_value());
  BOOST_TEST(help.error().code == 0);
  for (const char* part : {"Sorts.", "sorter", "First", "-n,--number", "-f,--flag", "Second",
                           "--word", "-h,--help", "-v,--version"}) {
    BOOST_TEST((help.error().message.find(part) != std::string::npos), part);
  }
  const auto version = Program().Parse({"-v"});
  BOOST_TEST_REQUIRE(!version.has_value());
  BOOST_TEST(version.error().code == 0);
  BOOST_TEST(version.error().message.starts_with("sorter 2."));
}

}  // namespace
}  // namespace tcpcopy
