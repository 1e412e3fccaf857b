#include "src/io/intercept/line_limiter.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

struct Fixture {
  void Write(int lines) {
    for (int i = 0; i < lines; ++i) limiter.Write("line", now);
  }
  Instant now{};
  std::vector<std::string> log;
  LineLimiter limiter{[this](const std::string& line) { log.push_back(line); }};
};

BOOST_FIXTURE_TEST_SUITE(LineLimiterTest, Fixture)

BOOST_AUTO_TEST_CASE(AFewAtOnceAreWritten) {
  Write(20);
  BOOST_TEST(log.size() == 20U);
  BOOST_TEST(log.back() == "line");
}

BOOST_AUTO_TEST_CASE(ThenOneASecondThatTellsOfTheOthers) {
  Write(50);
  BOOST_TEST(log.size() == 20U);
  now += 1s;
  Write(5);
  BOOST_TEST(log.size() == 21U);
  BOOST_TEST(log.back() == "line (30 lines were left out before)");
  now += 2s;
  Write(5);
  BOOST_TEST(log.size() == 23U);
  BOOST_TEST(log[21] == "line (4 lines were left out before)");
  BOOST_TEST(log[22] == "line");
}

BOOST_AUTO_TEST_CASE(AfterALongSilenceItIsAsAtFirst) {
  Write(30);
  now += 3600s;
  Write(30);
  BOOST_TEST(log.size() == 40U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
