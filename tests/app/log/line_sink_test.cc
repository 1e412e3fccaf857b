#include "src/app/log/line_sink.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>
#include <string>
#include <vector>

#include "src/app/log/line_formatter.h"

namespace tcpcopy {
namespace {

/// Takes lines as long as it has room.
struct Target final : LineTarget {
  int Append(std::string_view line) override {
    if (room == 0) return ENOSPC;
    --room;
    lines.emplace_back(line);
    return 0;
  }
  void OnOutage(int error) override { outages.push_back(error); }

  int room = 1000;
  std::vector<std::string> lines;
  std::vector<int> outages;
};

struct Bench {
  Bench() { sink.set_formatter(std::make_unique<LineFormatter>(LineDress{.program = "p"})); }

  void Log(std::string_view text) { sink.log({now, {}, {}, spdlog::level::info, text}); }

  void Expect(const std::vector<std::string>& lines) const {
    BOOST_TEST(target.lines == lines, boost::test_tools::per_element());
  }

  const spdlog::log_clock::time_point now{};
  Target target;
  LineSink sink{target};
};

BOOST_FIXTURE_TEST_SUITE(LineSinkTest, Bench)

BOOST_AUTO_TEST_CASE(LinesGoToTheTarget) {
  Log("one");
  sink.AppendRaw(now, "a table\nof two lines\n");
  Expect({"p: one\n", "a table\nof two lines\n"});
  BOOST_TEST(sink.lost() == 0U);
}

BOOST_AUTO_TEST_CASE(LostLinesAreCountedAndToldOfWhenThereIsRoomAgain) {
  target.room = 1;
  for (const char* const text : {"one", "two", "three", "four"}) Log(text);
  sink.AppendRaw(now, "a table\n");
  BOOST_TEST(sink.lost() == 4U);
  target.room = 1000;
  Log("five");
  Log("six");
  Expect({"p: one\n", "p: 4 lines of the log were lost: No space left on device\n", "p: five\n",
          "p: six\n"});
  BOOST_TEST(sink.lost() == 0U);
}

BOOST_AUTO_TEST_CASE(RoomForTheNoticeAloneCountsTheRestAnew) {
  target.room = 0;
  Log("one");
  target.room = 1;
  Log("two");
  BOOST_TEST(sink.lost() == 1U);
  target.room = 2;
  Log("three");
  const std::string notice = "p: 1 line of the log was lost: No space left on device\n";
  Expect({notice, notice, "p: three\n"});
  BOOST_TEST(target.outages.size() == 1U);
}

BOOST_AUTO_TEST_CASE(AnOutageIsToldOnceUntilItIsOver) {
  target.room = 0;
  for (int i = 0; i < 3; ++i) Log("lost");
  BOOST_TEST(target.outages == std::vector<int>{ENOSPC}, boost::test_tools::per_element());
  target.room = 2;
  for (int i = 0; i < 3; ++i) Log("again");
  BOOST_TEST(target.outages == (std::vector<int>{ENOSPC, ENOSPC}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ANewTargetIsToldWhatTheOldOneLost) {
  target.room = 0;
  Log("one");
  Target other;
  sink.set_target(other);
  Log("two");
  BOOST_TEST(other.lines.size() == 2U);
  BOOST_TEST(other.lines[0] == "p: 1 line of the log was lost: No space left on device\n");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
