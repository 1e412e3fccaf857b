#include "src/replay/pacing.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const Instant kStart{};

BOOST_AUTO_TEST_CASE(GapsFollowTheCapture) {
  Pacing pacing({}, kStart);
  BOOST_TEST((pacing.Due(100s) == kStart));
  BOOST_TEST((pacing.Due(101s) == kStart + 1s));
  BOOST_TEST((pacing.Due(103s) == kStart + 3s));
}

BOOST_AUTO_TEST_CASE(SpeedDividesTheGaps) {
  Pacing pacing({.speed = 4}, kStart);
  pacing.Due(0s);
  BOOST_TEST((pacing.Due(1s) == kStart + 250ms));
}

BOOST_AUTO_TEST_CASE(MaxMakesNoPauses) {
  Pacing pacing({.speed = 0}, kStart);
  pacing.Due(0s);
  BOOST_TEST((pacing.Due(1000s) == kStart));
}

BOOST_AUTO_TEST_CASE(LongGapsAreShortened) {
  Pacing pacing({.longest_gap = 50ms}, kStart);
  pacing.Due(0s);
  BOOST_TEST((pacing.Due(3600s) == kStart + 50ms));
  BOOST_TEST((pacing.Due(3600s + 20ms) == kStart + 70ms));
}

BOOST_AUTO_TEST_CASE(ARoundBeginsWhereTheOneBeforeEnded) {
  Pacing pacing({.speed = 2}, kStart);
  pacing.Due(100s);
  BOOST_TEST((pacing.Due(110s) == kStart + 5s));
  pacing.BeginRound();
  BOOST_TEST((pacing.Due(100s) == kStart + 5s));
  BOOST_TEST((pacing.Due(110s) == kStart + 10s));
  // Another capture may have been put in its place.
  pacing.BeginRound();
  BOOST_TEST((pacing.Due(5000s) == kStart + 10s));
}

BOOST_AUTO_TEST_CASE(TimeThatGoesBackIsNoPause) {
  Pacing pacing({}, kStart);
  pacing.Due(10s);
  BOOST_TEST((pacing.Due(4s) == kStart));
  BOOST_TEST((pacing.Due(11s) == kStart + 1s));
}

BOOST_AUTO_TEST_CASE(TimesOfADamagedCaptureStayWithinWhatCanBeWaitedFor) {
  struct Row {
    Pacing::Settings settings;
    Duration from;
    Duration to;
  };
  const Row table[] = {
      {{}, Duration::min(), Duration::max()},
      {{.speed = 0.5}, 0s, Duration::max()},
      {{.speed = 1e-300}, 0s, 1s},
      {{.speed = 1e-300, .longest_gap = 1ms}, 0s, 1s},
  };
  for (const Row& row : table) {
    Pacing pacing(row.settings, kStart + 5s);
    pacing.Due(row.from);
    const Instant due = pacing.Due(row.to);
    BOOST_TEST((due == kNever - Duration{1}));
    BOOST_TEST((pacing.Due(Duration::max()) == due));
  }
  Pacing shortened({.longest_gap = 1ms}, kStart);
  shortened.Due(Duration::min());
  BOOST_TEST((shortened.Due(Duration::max()) == kStart + 1ms));
}

}  // namespace
}  // namespace tcpcopy
