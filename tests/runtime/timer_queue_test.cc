#include "src/runtime/timer_queue.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <vector>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;

struct RecordingTimer final : Timer {
  explicit RecordingTimer(int timer_id, std::vector<int>& into) : id(timer_id), log(into) {}
  void OnTimer() override {
    log.push_back(id);
    if (then) then();
  }
  int id;
  std::vector<int>& log;
  std::function<void()> then;
};

const Instant kStart{};

/// Lets the time pass as an event loop does, waking no later than `Next` says, until `end`; returns
/// how often it woke.
int Pass(TimerQueue& queue, Instant end) {
  int turns = 0;
  for (Instant at = queue.Next(); at <= end && at != kNever; at = queue.Next()) {
    queue.Expire(at);
    ++turns;
  }
  return turns;
}

BOOST_AUTO_TEST_CASE(ExpiresInOrderOfTimeThenOfSetting) {
  std::vector<int> log;
  TimerQueue queue;
  RecordingTimer a(1, log), b(2, log), c(3, log), late(4, log);
  queue.Set(late, kStart + 9ms);
  queue.Set(c, kStart + 2ms);
  queue.Set(a, kStart + 1ms);
  queue.Set(b, kStart + 2ms);
  BOOST_TEST((queue.Next() == kStart + 1ms));
  queue.Expire(kStart + 5ms);
  BOOST_TEST(log == (std::vector<int>{1, 3, 2}), boost::test_tools::per_element());
  BOOST_TEST(late.IsSet());
  BOOST_TEST(!a.IsSet());
}

BOOST_AUTO_TEST_CASE(MovingATimerReplacesItsTime) {
  std::vector<int> log;
  TimerQueue queue;
  RecordingTimer a(1, log);
  queue.Set(a, kStart + 1ms);
  queue.Set(a, kStart + 8ms);
  queue.Expire(kStart + 5ms);
  BOOST_TEST(log.empty());
  queue.Cancel(a);
  BOOST_TEST((queue.Next() == kNever));
}

BOOST_AUTO_TEST_CASE(ATimerThatIsMovedOnComesInItsNewOrder) {
  std::vector<int> log;
  TimerQueue queue;
  RecordingTimer a(1, log), b(2, log), c(3, log);
  queue.Set(a, kStart + 1ms);
  queue.Set(b, kStart + 3ms);
  queue.Set(a, kStart + 5ms);  // and back, and on again
  queue.Set(a, kStart + 2ms);
  queue.Set(a, kStart + 7ms);
  queue.Set(c, kStart + 7ms);
  Pass(queue, kStart + 3ms - 1ns);
  BOOST_TEST((queue.Next() == kStart + 3ms));
  BOOST_TEST((a.due() == kStart + 7ms));
  queue.Expire(kStart + 6ms);
  BOOST_TEST(log == (std::vector<int>{2}), boost::test_tools::per_element());
  Pass(queue, kStart + 7ms - 1ns);
  BOOST_TEST((queue.Next() == kStart + 7ms));
  queue.Expire(kStart + 7ms);
  BOOST_TEST(log == (std::vector<int>{2, 1, 3}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ATimerMovedToEarlierComesEarlier) {
  std::vector<int> log;
  TimerQueue queue;
  RecordingTimer a(1, log);
  queue.Set(a, kStart + 9ms);
  queue.Set(a, kStart + 4ms);
  Pass(queue, kStart + 4ms - 1ns);
  BOOST_TEST((queue.Next() == kStart + 4ms));
  queue.Expire(kStart + 4ms);
  BOOST_TEST(log.size() == 1U);
  BOOST_TEST(!a.IsSet());
}

BOOST_AUTO_TEST_CASE(ATimerSetWhileExpiringWaitsForTheNextCall) {
  std::vector<int> log;
  TimerQueue queue;
  RecordingTimer a(1, log);
  a.then = [&] { queue.Set(a, kStart); };
  queue.Set(a, kStart);
  queue.Expire(kStart + 1ms);
  BOOST_TEST(log.size() == 1U);
  queue.Expire(kStart + 1ms);
  BOOST_TEST(log.size() == 2U);
}

BOOST_AUTO_TEST_CASE(DestroyingATimerCancelsIt) {
  std::vector<int> log;
  TimerQueue queue;
  auto timer = std::make_unique<RecordingTimer>(1, log);
  queue.Set(*timer, kStart);
  timer.reset();
  queue.Expire(kStart + 1ms);
  BOOST_TEST(log.empty());
}

BOOST_AUTO_TEST_CASE(ForATimerThatIsFarAwayTheLoopWakesAFewTimes) {
  for (const Duration away : {Duration(1h), Duration(24h * 365 * 100)}) {
    std::vector<int> log;
    TimerQueue queue;
    queue.Expire(kStart + 1'234'567us);
    RecordingTimer a(1, log);
    const Instant due = kStart + 2s + away;
    queue.Set(a, due);
    BOOST_TEST(Pass(queue, due - 1ns) < 9);
    BOOST_TEST(log.empty());
    BOOST_TEST((queue.Next() == due));  // just then
    BOOST_TEST(Pass(queue, due) == 1);
    BOOST_TEST(log.size() == 1U);
    BOOST_TEST((queue.Next() == kNever));
  }
}

BOOST_AUTO_TEST_CASE(ATimerForThePastIsDueAtOnce) {
  std::vector<int> log;
  TimerQueue queue;
  queue.Expire(kStart + 1h);
  RecordingTimer a(1, log), b(2, log);
  queue.Set(b, kStart + 1s);
  queue.Set(a, kStart - 1s);
  BOOST_TEST((queue.Next() == kStart - 1s));
  queue.Expire(kStart + 1h);
  BOOST_TEST(log == (std::vector<int>{1, 2}), boost::test_tools::per_element());
}

/// Beside a list that is searched: near and far, moved, cancelled and destroyed, set again when
/// they come.
BOOST_AUTO_TEST_CASE(AnyTimersComeWhenDueInOrder) {
  struct Checked final : Timer {
    explicit Checked(std::vector<Instant>& into) : log(into) {}
    void OnTimer() override {
      came = true;
      log.push_back(wanted);
    }
    std::vector<Instant>& log;
    bool came = false;
    Instant wanted = kNever;
  };
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    Prng prng(seed);
    TimerQueue queue;
    std::vector<Instant> log;
    std::vector<std::unique_ptr<Checked>> timers(50);
    Instant now = kStart + Duration(prng.Below(1'000'000'000'000));
    queue.Expire(now);
    const auto any_due = [&] {
      return now + Duration(prng.Next() >> (20 + prng.Below(42)));  // of any magnitude
    };
    for (int step = 0; step < 20'000; ++step) {
      auto& timer = timers[prng.Below(timers.size())];
      if (timer == nullptr) timer = std::make_unique<Checked>(log);
      const std::uint64_t what = prng.Below(8);
      if (what == 0) {
        timer.reset();
      } else if (what == 1) {
        queue.Cancel(*timer);
        timer->wanted = kNever;
      } else {
        timer->wanted = any_due();
        queue.Set(*timer, timer->wanted);
      }
      Instant earliest = kNever;
      for (const auto& one : timers) {
        if (one) earliest = std::min(earliest, one->wanted);
      }
      const Instant next = queue.Next();
      BOOST_TEST_REQUIRE((next <= earliest));
      BOOST_TEST_REQUIRE(((next == kNever) == (earliest == kNever)));
      if (prng.Below(4) != 0 || next == kNever) continue;
      now = std::max(now, prng.Below(2) == 0 ? next : any_due());
      log.clear();
      queue.Expire(now);
      BOOST_TEST_REQUIRE(std::ranges::is_sorted(log));
      for (const auto& one : timers) {
        if (one == nullptr) continue;
        BOOST_TEST_REQUIRE((one->came == (one->wanted <= now)));
        if (one->came) one->wanted = kNever;
        one->came = false;
      }
    }
  }
}

}  // namespace
}  // namespace tcpcopy
