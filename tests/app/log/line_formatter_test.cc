#include "src/app/log/line_formatter.h"

#include <spdlog/details/log_msg.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace tcpcopy {
namespace {

using Json = nlohmann::ordered_json;

constexpr spdlog::log_clock::time_point kTime{std::chrono::milliseconds(1'763'907'439'697)};

std::string Formatted(LineDress dress, spdlog::level::level_enum level, std::string_view text,
                      std::string_view fields = {}) {
  const std::string message = LineFormatter::Join(text, fields);
  spdlog::memory_buf_t line;
  LineFormatter(std::move(dress)).format({kTime, {}, {}, level, message}, line);
  return {line.data(), line.size()};
}

BOOST_AUTO_TEST_CASE(PeopleAtATerminalSeeTheProgramAndTheText) {
  const LineDress dress{.program = "tcpcopy"};
  for (const auto level : {spdlog::level::err, spdlog::level::info, spdlog::level::debug}) {
    BOOST_TEST(Formatted(dress, level, "ready", R"({"a":1})") == "tcpcopy: ready\n");
  }
}

BOOST_AUTO_TEST_CASE(LaterReadersSeeTheTimeAndTheLevelThatIsNotInfo) {
  const LineDress dress{.program = "intercept", .stamped = true};
  const auto line = [&](spdlog::level::level_enum level) { return Formatted(dress, level, "x"); };
  const std::string stamp = "2025-11-23T14:17:19.697Z intercept: ";
  BOOST_TEST(line(spdlog::level::info) == stamp + "x\n");
  BOOST_TEST(line(spdlog::level::err) == stamp + "error: x\n");
  BOOST_TEST(line(spdlog::level::warn) == stamp + "warning: x\n");
  BOOST_TEST(line(spdlog::level::debug) == stamp + "debug: x\n");
}

BOOST_AUTO_TEST_CASE(TheJournalGetsPriorities) {
  const LineDress dress{.program = "tcpcopy", .prioritized = true};
  BOOST_TEST(Formatted(dress, spdlog::level::err, "x") == "<3>tcpcopy: x\n");
  BOOST_TEST(Formatted(dress, spdlog::level::warn, "x") == "<4>tcpcopy: x\n");
  BOOST_TEST(Formatted(dress, spdlog::level::info, "x") == "<6>tcpcopy: x\n");
  BOOST_TEST(Formatted(dress, spdlog::level::debug, "x") == "<7>tcpcopy: x\n");
}

BOOST_AUTO_TEST_CASE(ProgramsGetAnObjectALine) {
  const LineDress dress{.program = "tcpcopy", .format = LogFormat::kJson};
  BOOST_TEST(Formatted(dress, spdlog::level::warn, "a \"b\"") ==
             R"({"time":"2025-11-23T14:17:19.697Z","level":"warning","program":"tcpcopy",)"
             R"("message":"a \"b\""})"
             "\n");
}

BOOST_AUTO_TEST_CASE(FieldsJoinTheObject) {
  const LineDress dress{.program = "tcpcopy", .format = LogFormat::kJson};
  const std::string line =
      Formatted(dress, spdlog::level::info, "x", R"({"sessions":{"seen":3},"n":4})");
  const Json json = Json::parse(line);
  BOOST_TEST(json["message"] == "x");
  BOOST_TEST(json["sessions"]["seen"] == 3);
  BOOST_TEST(json["n"] == 4);
  BOOST_TEST(Json::parse(Formatted(dress, spdlog::level::info, "x", "{}")).size() == 4);
}

BOOST_AUTO_TEST_CASE(TimesBefore1970AreTimes) {
  spdlog::memory_buf_t line;
  LineFormatter({.program = "p", .stamped = true})
      .format({spdlog::log_clock::time_point(-std::chrono::milliseconds(1)),
               {},
               {},
               spdlog::level::info,
               "x"},
              line);
  BOOST_TEST(std::string(line.data(), line.size()) == "1969-12-31T23:59:59.999Z p: x\n");
}

BOOST_AUTO_TEST_CASE(NoTextFromOutsideBreaksALine) {
  using std::string_literals::operator""s;
  const std::string text = "one\ntwo\tthree\x1b[31m\0{\"level\":1}\xff"s;
  const std::string line = Formatted({.program = "p"}, spdlog::level::info, text);
  BOOST_TEST(line == "p: one two three?[31m?{\"level\":1}\xff\n");
  const Json json = Json::parse(
      Formatted({.program = "p", .format = LogFormat::kJson}, spdlog::level::info, text));
  BOOST_TEST(json.size() == 4);
  BOOST_TEST(json["message"] == "one two three?[31m?{\"level\":1}\ufffd");
}

BOOST_AUTO_TEST_CASE(ACloneWritesTheSame) {
  const LineFormatter formatter({.program = "p"});
  spdlog::memory_buf_t line;
  formatter.clone()->format({kTime, {}, {}, spdlog::level::info, "x"}, line);
  BOOST_TEST(std::string(line.data(), line.size()) == "p: x\n");
}

}  // namespace
}  // namespace tcpcopy
