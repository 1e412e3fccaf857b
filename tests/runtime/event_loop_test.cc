#include "src/runtime/event_loop.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

struct NotingDriver final : testing::JumpingDriver {
  using JumpingDriver::JumpingDriver;
  void Wait(Instant until) override {
    waits.push_back(until);
    JumpingDriver::Wait(until);
  }
  std::vector<Instant> waits;
};

struct Task final : Runnable {
  explicit Task(std::function<void()> body) : run(std::move(body)) {}
  void Run() override { run(); }
  std::function<void()> run;
};

struct LoopTimer final : Timer {
  explicit LoopTimer(std::function<void()> body) : run(std::move(body)) {}
  void OnTimer() override { run(); }
  std::function<void()> run;
};

BOOST_AUTO_TEST_CASE(RunsWhatWasPostedOnceInOrder) {
  VirtualClock clock;
  NotingDriver driver(clock);
  EventLoop loop(clock, driver);
  std::vector<int> log;
  Task a([&] { log.push_back(1); }), b([&] { log.push_back(2); });
  loop.Post(a);
  loop.Post(b);
  loop.Post(a);
  loop.RunOnce();
  BOOST_TEST(log == (std::vector<int>{1, 2}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(WhatATaskPostsRunsAfterALookAtTheOutside) {
  VirtualClock clock;
  NotingDriver driver(clock);
  EventLoop loop(clock, driver);
  int runs = 0;
  Task again([] {});
  again.run = [&] {
    if (++runs < 2) loop.Post(again);
  };
  loop.Post(again);
  loop.RunOnce();
  BOOST_TEST(runs == 1);
  BOOST_TEST((driver.waits.back() == loop.Now()));  // only looked, did not wait
  loop.RunOnce();
  BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(WhatIsPostedLastEndsTheTurn) {
  VirtualClock clock;
  NotingDriver driver(clock);
  EventLoop loop(clock, driver);
  std::vector<int> log;
  Task last([&] { log.push_back(3); });
  Task second([&] { log.push_back(2); });
  Task first([&] {
    loop.PostLast(last);
    log.push_back(1);
  });
  loop.Post(first);
  loop.Post(second);
  loop.RunOnce();
  BOOST_TEST(log == (std::vector<int>{1, 2, 3}), boost::test_tools::per_element());
  BOOST_TEST((driver.waits.back() == kNever));  // nothing is left to be done
}

BOOST_AUTO_TEST_CASE(OneThatPostsItselfLastHasOneTurnAfterAnother) {
  VirtualClock clock;
  NotingDriver driver(clock);
  EventLoop loop(clock, driver);
  int runs = 0;
  Task again([] {});
  again.run = [&] {
    ++runs;
    loop.PostLast(again);
  };
  loop.PostLast(again);
  loop.RunOnce();
  BOOST_TEST(runs == 1);
  BOOST_TEST((driver.waits.back() == loop.Now()));  // only looked, did not wait
  loop.RunOnce();
  BOOST_TEST(runs == 2);
}

BOOST_AUTO_TEST_CASE(ADestroyedTaskIsNotRun) {
  VirtualClock clock;
  NotingDriver driver(clock);
  EventLoop loop(clock, driver);
  bool ran = false;
  auto task = std::make_unique<Task>([&] { ran = true; });
  loop.Post(*task);
  task.reset();
  loop.RunOnce();
  BOOST_TEST(!ran);
}

BOOST_AUTO_TEST_CASE(WaitsForTheNextTimerAndStops) {
  VirtualClock clock;
  NotingDriver driver(clock);
  EventLoop loop(clock, driver);
  LoopTimer timer([&] { loop.Stop(); });
  loop.timers().Set(timer, loop.Now() + 7ms);
  loop.Run();
  BOOST_TEST((clock.Now() == Instant{} + 7ms));
}

}  // namespace
}  // namespace tcpcopy
