#include "src/app/options/command_line.h"

#include <boost/test/unit_test.hpp>
#include <fstream>

#include "tests/temporary_directory.h"

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

BOOST_AUTO_TEST_CASE(AnOptionMayTakeTheRest) {
  std::vector<std::string> files;
  const auto parse = [&files](const std::vector<std::string>& arguments) {
    files.clear();
    ValueOption add{"--add", "FILE...", "files", "a", "adds", [&files](const std::string& file) {
                      files.push_back(file);
                      return Result<void, std::string>();
                    }};
    add.takes_rest = true;
    CommandLine line("program", "does", {{"All", {add}, {}}});
    std::vector<const char*> argv{"program"};
    for (const std::string& argument : arguments) argv.push_back(argument.c_str());
    const auto done = line.Parse(static_cast<int>(argv.size()), argv.data());
    return done ? std::string() : done.error().message;
  };
  BOOST_TEST(parse({"--add", "a", "b", "c"}).empty());
  BOOST_TEST(files == (std::vector<std::string>{"a", "b", "c"}), boost::test_tools::per_element());
  BOOST_TEST(parse({"a", "--add", "b", "--add", "c"}).empty());
  BOOST_TEST(files.size() == 3U);
  BOOST_TEST(parse({"a"}).starts_with("program: a: belongs to no option; "));
  BOOST_TEST(parse({"--add", "a", "-b"}).starts_with("program: -b: is unknown; "));
  BOOST_TEST(parse({"--add", "a", ""}).starts_with("program: --add: '' is empty; "));
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
  for (const char* part : {"Sorts.", "sorter", "First", "-n, --number", "-f, --flag", "Second",
                           "--word", "-h, --help", "-v, --version"}) {
    BOOST_TEST((help.error().message.find(part) != std::string::npos), part);
  }
  const auto version = Program().Parse({"-v"});
  BOOST_TEST_REQUIRE(!version.has_value());
  BOOST_TEST(version.error().code == 0);
  BOOST_TEST(version.error().message.starts_with("sorter 2."));
}

/// A file for --config.
struct File {
  explicit File(const std::string& text) { std::ofstream(path) << text; }

  const testing::TemporaryDirectory directory;
  const std::string path = directory.path() + "/sorter.conf";
};

BOOST_AUTO_TEST_CASE(AFileSetsOptionsByTheirLongNames) {
  const File file("number = 5\nflag = true\nword = \"two words\"\n");
  Program program;
  BOOST_TEST(program.Parse({"--config", file.path.c_str()}).has_value());
  BOOST_TEST(program.number == "5");
  BOOST_TEST(program.word == "two words");
  BOOST_TEST(program.flag == 1);
  BOOST_TEST(program.line.Given("--number"));
  BOOST_TEST(program.line.Given("--flag"));
}

BOOST_AUTO_TEST_CASE(TheCommandLineCountsBeforeTheFile) {
  const File file("number = 5\nword = bad\n");
  Program program;
  BOOST_TEST(program.Parse({"--word", "x", "--config", file.path.c_str(), "-n", "6"}).has_value());
  BOOST_TEST(program.number == "6");
  BOOST_TEST(program.word == "x");
}

BOOST_AUTO_TEST_CASE(AFlagOfAFileIsTrueOrFalse) {
  for (const char* const yes : {"true", "yes", "on", "1"}) {
    Program program;
    const File file(std::string("flag = ") + yes);
    BOOST_TEST(program.Parse({"--config", file.path.c_str()}).has_value());
    BOOST_TEST(program.flag == 1);
  }
  for (const char* const no : {"false", "no", "off", "0"}) {
    Program program;
    const File file(std::string("flag = ") + no);
    BOOST_TEST(program.Parse({"--config", file.path.c_str()}).has_value());
    BOOST_TEST(program.flag == 0);
    BOOST_TEST(!program.line.Given("--flag"));
  }
}

BOOST_AUTO_TEST_CASE(AMistakeInAFileIsOneLineWithThePlace) {
  struct Row {
    const char* text;
    const char* end;
  };
  const Row table[] = {
      {"\nnumber = 10", ":2: number: '10' is out of range; accepted: 1..9 pieces, such as 5"},
      {"number =", ":1: number: '' is empty; accepted: 1..9 pieces, such as 5"},
      {"word = bad", ":1: word: 'bad' is bad; accepted: any word but bad, such as good"},
      {"flag = maybe",
       ":1: flag: 'maybe' is neither true nor false; accepted: true or false, such as flag = true"},
      {"numbers = 5",
       ":1: numbers: is unknown; accepted: what sorter --help lists, without dashes, such as "
       "number = 5"},
      {"number = 5\nnumber = 5", ":2: number: is there a second time; accepted: each option once"},
      {"number", ":1: 'number' has no '='; accepted: number = 5"},
  };
  for (const Row& row : table) {
    Program program;
    const File file(row.text);
    const auto done = program.Parse({"--config", file.path.c_str()});
    BOOST_TEST_REQUIRE(!done.has_value(), row.text);
    BOOST_TEST(done.error().code == 2);
    BOOST_TEST(done.error().message == "sorter: " + file.path + row.end);
    BOOST_TEST(program.number == "");
  }
  for (const char* const name : {"config = x", "help = true", "version = true", "-n = 5",
                                 "--number = 5", "n = 5", "Number = 5"}) {
    const File file(name);
    const auto done = Program().Parse({"--config", file.path.c_str()});
    BOOST_TEST_REQUIRE(!done.has_value(), name);
    BOOST_TEST(done.error().message.find(": is unknown; ") != std::string::npos, name);
  }
}

BOOST_AUTO_TEST_CASE(AFileThatCannotBeReadIsNamed) {
  for (const char* const path : {"/nowhere/a.conf", "/", "/dev/null", ""}) {
    const auto done = Program().Parse({"--config", path});
    BOOST_TEST_REQUIRE(!done.has_value(), path);
    BOOST_TEST(done.error().code == 2);
    const std::string& line = done.error().message;
    BOOST_TEST(line.starts_with("sorter: --config: '" + std::string(path) + "' "), line);
    BOOST_TEST(line.ends_with(", such as /etc/tcpcopy/shop.conf"), line);
  }
}

}  // namespace
}  // namespace tcpcopy
