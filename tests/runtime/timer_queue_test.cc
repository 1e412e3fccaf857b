#include "src/runtime/timer_queue.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <vector>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

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
  BOOST_TEST((queue.Next() == kStart + 3ms));
  BOOST_TEST((a.due() == kStart + 7ms));
  queue.Expire(kStart + 6ms);
  BOOST_TEST(log == (std::vector<int>{2}), boost::test_tools::per_element());
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

}  // namespace
}  // namespace tcpcopy
