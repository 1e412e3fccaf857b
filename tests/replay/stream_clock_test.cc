#include "src/replay/stream_clock.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

constexpr std::uint64_t kWindow = StreamClock::kWindow;

BOOST_AUTO_TEST_CASE(WithoutATimestampNothingIsOld) {
  const StreamClock clock;
  BOOST_TEST(!clock.Predates(0));
}

BOOST_AUTO_TEST_CASE(WhatIsOlderThanTheStreamPredatesIt) {
  StreamClock clock;
  clock.Note(5000, 0);
  clock.Note(9000, 100);
  BOOST_TEST(clock.Predates(4999));
  BOOST_TEST(!clock.Predates(5000));  // however late it is captured
}

BOOST_AUTO_TEST_CASE(WhatWasSentWithinTheLastWindowIsNeverOld) {
  StreamClock clock;
  for (std::uint64_t step = 0; step <= 40; ++step) {
    clock.Note(static_cast<std::uint32_t>(1000 + step), step * kWindow / 4);
    if (step >= 4) BOOST_TEST(!clock.Predates(static_cast<std::uint32_t>(1000 + step - 4)));
    if (step >= 8) BOOST_TEST(clock.Predates(static_cast<std::uint32_t>(1000 + step - 8)));
  }
}

BOOST_AUTO_TEST_CASE(AClockThatWasSetBackCountsAnew) {
  StreamClock clock;
  clock.Note(5000, 0);
  clock.Note(100, 10);
  BOOST_TEST(!clock.Predates(100));
  BOOST_TEST(clock.Predates(99));
}

BOOST_AUTO_TEST_CASE(ASlowStreamOutlivesTheClocksTurn) {
  StreamClock clock;
  std::uint32_t value = 0xfffff000U;
  clock.Note(value, 0);
  for (int step = 0; step < 100; ++step) {
    value += 1U << 28;
    clock.Note(value, 10);
    BOOST_TEST(!clock.Predates(value - 1000));
    BOOST_TEST(!clock.Predates(value + 1000));
  }
}

}  // namespace
}  // namespace tcpcopy
