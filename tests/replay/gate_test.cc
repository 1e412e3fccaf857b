#include "src/replay/gate.h"

#include <boost/test/unit_test.hpp>

#include "src/runtime/clock.h"
#include "tests/replay/addresses.h"
#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using testing::At;

struct Reader final : Runnable {
  void Run() override { ++runs; }
  int runs = 0;
};

/// A gate in virtual time, with a reader behind it.
struct Way {
  explicit Way(const ReplayPolicy& of) : policy(of) { gate.set_reader(&reader); }

  void Run(Duration time) {
    for (const Instant end = clock.Now() + time; clock.Now() < end;) {
      clock.Advance(1ms);
      loop.RunOnce(clock.Now());
    }
  }

  VirtualClock clock;
  testing::IdleDriver driver;
  EventLoop loop{clock, driver};
  const ReplayPolicy policy;
  bool room = true;
  Reader reader;
  Gate gate{loop, policy, [this] { return room; }};
};

ReplayPolicy Policy(const Admission::Settings& settings, std::uint16_t copies = 1) {
  ReplayPolicy policy;
  policy.admission = settings;
  policy.copies = copies;
  return policy;
}

CopyArrival Session(std::uint16_t port) {
  return {.client = {{At("192.0.2.1", port), At("198.51.100.1", 80)}}};
}

BOOST_AUTO_TEST_CASE(AllCopiesOfASessionAreJudgedOnce) {
  Way way(Policy({.rate = 5}, 5));
  CopyArrival first = Session(4000);
  CopyArrival second = Session(4001);
  for (int copy = 0; copy < 5; ++copy) BOOST_TEST(!way.gate.Refuse(first));
  for (int copy = 0; copy < 5; ++copy) {
    BOOST_TEST((way.gate.Refuse(second) == Outcome::kLeftOutByRate));
  }
}

BOOST_AUTO_TEST_CASE(TheReaderGoesOnWhenTheRateAllowsIt) {
  Way way(Policy({.rate = 10, .source_waits = true}));
  BOOST_TEST(way.gate.MayRead());
  CopyArrival session = Session(4000);
  BOOST_TEST(!way.gate.Refuse(session));
  BOOST_TEST(!way.gate.MayRead());
  way.Run(98ms);
  BOOST_TEST(way.reader.runs == 0);
  way.Run(4ms);
  BOOST_TEST(way.gate.MayRead());
  BOOST_TEST(way.reader.runs == 1);
}

BOOST_AUTO_TEST_CASE(ALateSessionKnowsHowLateItIsAndDelaysNoOther) {
  Way way(Policy({.rate = 100, .source_waits = true, .has_schedule = true}));
  const Instant begin = way.clock.Now();
  way.Run(1000ms);  // something held the reader back
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(way.gate.MayRead());
    CopyArrival session = Session(4000);
    session.due = begin;
    BOOST_TEST(!way.gate.Refuse(session));
    BOOST_TEST_REQUIRE(session.late.has_value());
    BOOST_TEST((*session.late == 1000ms - i * 10ms));
  }
  CopyArrival on_time = Session(5000);
  on_time.due = begin;
  BOOST_TEST(!way.gate.Refuse(on_time));
  BOOST_TEST((*on_time.late == 0ms));
  BOOST_TEST(!way.gate.MayRead());  // now it is early
}

BOOST_AUTO_TEST_CASE(WithoutRoomTheReaderIsNotWoken) {
  Way way(Policy({}));
  way.room = false;
  BOOST_TEST(!way.gate.MayRead());
  way.gate.WakeReader();
  way.Run(2ms);
  BOOST_TEST(way.reader.runs == 0);
  way.room = true;
  way.gate.WakeReader();
  way.Run(2ms);
  BOOST_TEST(way.reader.runs == 1);
}

BOOST_AUTO_TEST_CASE(TheReaderWaitsWhileTooMuchCpuIsUsed) {
  Way way(Policy({.source_waits = true}));
  way.gate.SetOverCpuLimit(true);
  BOOST_TEST(!way.gate.MayRead());
  way.Run(2ms);
  BOOST_TEST(way.reader.runs == 0);
  way.gate.SetOverCpuLimit(false);
  way.Run(2ms);
  BOOST_TEST(way.gate.MayRead());
  BOOST_TEST(way.reader.runs == 1);
}

}  // namespace
}  // namespace tcpcopy
