#include "src/app/log/program_log.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

using Json = nlohmann::json;

struct Target final : LineTarget {
  int Append(std::string_view line) override {
    if (full) return ENOSPC;
    lines.emplace_back(line);
    return 0;
  }
  void OnOutage(int) override {}

  bool full = false;
  std::vector<std::string> lines;
};

struct Bench {
  Bench() { log.set_target(&target); }

  /// Without the time.
  std::string Line(std::size_t i) const { return target.lines.at(i).substr(25); }

  Target target;
  ProgramLog log;
};

BOOST_FIXTURE_TEST_SUITE(ProgramLogTest, Bench)

BOOST_AUTO_TEST_CASE(LinesBearTimeProgramAndLevel) {
  log.Line(LogLevel::kInfo, "one");
  log.set_program("intercept");
  log.Line(LogLevel::kError, "two");
  BOOST_TEST(target.lines[0].substr(4, 1) == "-");
  BOOST_TEST(target.lines[0].substr(23, 2) == "Z ");
  BOOST_TEST(Line(0) == "tcpcopy: one\n");
  BOOST_TEST(Line(1) == "intercept: error: two\n");
}

BOOST_AUTO_TEST_CASE(WhatMattersLessIsLeftOut) {
  const std::vector<LogLevel> levels{LogLevel::kError, LogLevel::kWarning, LogLevel::kInfo,
                                     LogLevel::kDebug};
  for (std::size_t i = 0; i < levels.size(); ++i) {
    log.set_options({.level = levels[i]});
    target.lines.clear();
    for (const LogLevel level : levels) log.Line(level, "x");
    BOOST_TEST(target.lines.size() == i + 1);
    BOOST_TEST(log.Takes(levels[i]));
    BOOST_TEST((i + 1 == levels.size() || !log.Takes(levels[i + 1])));
  }
}

BOOST_AUTO_TEST_CASE(ResultsComeWhateverTheLevel) {
  log.set_options({.level = LogLevel::kError});
  BOOST_TEST(log.takes_results());
  BOOST_TEST(log.Print("a table\n", "ledger", R"({"n":1})"));
  BOOST_TEST(target.lines.back() == "a table\n");
  log.set_options({.level = LogLevel::kError, .format = LogFormat::kJson});
  BOOST_TEST(log.Print("a table\n", "ledger", R"({"n":1})"));
  const Json json = Json::parse(target.lines.back());
  BOOST_TEST(json["message"] == "ledger");
  BOOST_TEST(json["level"] == "info");
  BOOST_TEST(json["n"] == 1);
}

BOOST_AUTO_TEST_CASE(AResultThatIsLostIsReported) {
  target.full = true;
  BOOST_TEST(!log.Print("a table\n", "ledger", "{}"));
  target.full = false;
  BOOST_TEST(log.Print("a table\n", "ledger", "{}"));
  BOOST_TEST(Line(0) == "tcpcopy: warning: 1 line of the log was lost: No space left on device\n");
}

BOOST_AUTO_TEST_CASE(AtATerminalPeoplesResultsArePrintedApart) {
  log.set_target(nullptr);
  BOOST_TEST(!log.takes_results());
  log.set_options({.format = LogFormat::kJson});
  BOOST_TEST(log.takes_results());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
