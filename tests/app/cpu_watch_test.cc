#include "src/app/cpu_watch.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "src/runtime/clock.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono::milliseconds;

/// A process that uses as much CPU as it is told to, watched in virtual time.
struct Process {
  explicit Process(unsigned percent)
      : watch(loop, percent,
              {[this] { return used; }, [this](bool over) { told.push_back(over); }}) {
    watch.Start();
  }

  /// Lets `span` pass, during which `percent` of a core is used.
  void Run(Duration span, int percent) {
    for (Duration done{0}; done < span; done += milliseconds(10)) {
      clock.Advance(milliseconds(10));
      used += milliseconds(10) * percent / 100;
      loop.RunOnce(clock.Now());
    }
  }

  VirtualClock clock;
  testing::IdleDriver driver;
  EventLoop loop{clock, driver};
  Duration used = std::chrono::seconds(1000);  // before the watch began
  std::vector<bool> told;
  CpuWatch watch;
};

BOOST_AUTO_TEST_CASE(WhoStaysBelowHearsNothing) {
  Process process(50);
  process.Run(std::chrono::seconds(60), 49);
  BOOST_TEST(process.told.empty());
}

BOOST_AUTO_TEST_CASE(WhoUsesTooMuchIsToldOnceAndAgainWhenItIsRepaid) {
  Process process(50);
  process.Run(milliseconds(200), 100);
  BOOST_TEST(process.told == std::vector<bool>{true}, boost::test_tools::per_element());
  process.Run(std::chrono::seconds(1), 0);
  BOOST_TEST(process.told == (std::vector<bool>{true, false}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(AShortBurstAfterAQuietTimeIsNoExcess) {
  Process process(50);
  process.Run(std::chrono::seconds(60), 0);
  process.Run(milliseconds(400), 100);
  BOOST_TEST(process.told.empty());
  process.Run(milliseconds(400), 100);
  BOOST_TEST(process.told.size() == 1U);
}

BOOST_AUTO_TEST_CASE(ALongExcessIsForgivenSoon) {
  Process process(50);
  process.Run(std::chrono::seconds(600), 200);
  process.Run(milliseconds(700), 0);
  BOOST_TEST(process.told == (std::vector<bool>{true, false}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(AShareCanBeMoreThanOneCore) {
  Process process(250);
  process.Run(std::chrono::seconds(10), 240);
  BOOST_TEST(process.told.empty());
  process.Run(std::chrono::seconds(20), 260);
  BOOST_TEST(process.told == std::vector<bool>{true}, boost::test_tools::per_element());
}

}  // namespace
}  // namespace tcpcopy
