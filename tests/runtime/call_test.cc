#include "src/runtime/call.h"

#include <boost/test/unit_test.hpp>

#include "src/runtime/event_loop.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(CallsWhenItIsDueAndWhenItIsPosted) {
  VirtualClock clock;
  testing::IdleDriver driver;
  EventLoop loop(clock, driver);
  int rings = 0;
  int runs = 0;
  CallTimer timer([&] { ++rings; });
  CallRunnable runnable([&] { ++runs; });
  loop.timers().Set(timer, clock.Now() + std::chrono::seconds(1));
  loop.Post(runnable);
  loop.RunOnce(clock.Now());
  BOOST_TEST(rings == 0);
  BOOST_TEST(runs == 1);
  clock.Advance(std::chrono::seconds(1));
  loop.RunOnce(clock.Now());
  BOOST_TEST(rings == 1);
  BOOST_TEST(runs == 1);
}

}  // namespace
}  // namespace tcpcopy
