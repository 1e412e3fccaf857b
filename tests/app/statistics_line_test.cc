#include "src/app/statistics_line.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""s;

/// Virtual time jumps to the end of each wait.
struct StatisticsBench {
  VirtualClock clock;
  testing::JumpingDriver driver{clock};
  EventLoop loop{clock, driver};
  std::vector<std::string> lines;
  int asked = 0;
  StatisticsLine line{loop, [this] { lines.push_back(std::to_string(++asked)); }};
};

BOOST_FIXTURE_TEST_SUITE(StatisticsLineTest, StatisticsBench)

BOOST_AUTO_TEST_CASE(ALineComesEach30SecondsAsThingsAreThen) {
  line.Start();
  testing::PassUntil(loop, Instant{} + 30s - 1ns);
  BOOST_TEST((loop.timers().Next() == Instant{} + 30s));
  BOOST_TEST(lines.empty());
  testing::PassUntil(loop, Instant{} + 30s);
  BOOST_TEST(lines.size() == 1U);
  testing::PassUntil(loop, Instant{} + 60s - 1ns);
  BOOST_TEST((loop.timers().Next() == Instant{} + 60s));
  testing::PassUntil(loop, Instant{} + 60s);
  BOOST_TEST(lines == (std::vector<std::string>{"1", "2"}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(NothingIsToldAfterStop) {
  line.Start();
  line.Stop();
  BOOST_TEST((loop.timers().Next() == kNever));
}

BOOST_AUTO_TEST_CASE(DestroyingItCancelsItsTimer) {
  {
    StatisticsLine(loop, [] {}).Start();
  }
  BOOST_TEST((loop.timers().Next() == kNever));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
