#include "netstack/tcp/rack.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

const Instant kStart = Instant{} + std::chrono::seconds(1);

SentRun Run(std::uint64_t end, Duration sent, bool retransmitted = false) {
  return {.end = end,
          .first_sent = kStart + sent,
          .last_sent = kStart + sent,
          .retransmitted = retransmitted};
}

BOOST_AUTO_TEST_CASE(WhatWasSentBeforeSomethingThatArrivedIsLostAfterARoundTrip) {  // 6.2 step 5
  Rack rack;
  BOOST_TEST((rack.LostAt(Run(1000, 0ms), 0ms) == kNever));
  rack.OnDelivered(Run(3000, 1ms), 3000, kStart + 21ms);
  BOOST_TEST((rack.LostAt(Run(1000, 0ms), 0ms) == kStart + 20ms));
  BOOST_TEST((rack.LostAt(Run(1000, 0ms), 5ms) == kStart + 25ms));
  BOOST_TEST((rack.LostAt(Run(2000, 1ms), 0ms) == kStart + 21ms));  // of one burst: by position
  BOOST_TEST((rack.LostAt(Run(4000, 1ms), 0ms) == kNever));
  BOOST_TEST((rack.LostAt(Run(1000, 2ms, true), 0ms) == kNever));  // sent again since
}

BOOST_AUTO_TEST_CASE(ALostRetransmissionIsFoundAsWell) {
  Rack rack;
  rack.OnRoundTrip(20ms);
  rack.OnDelivered(Run(9000, 5ms), 9000, kStart + 25ms);
  BOOST_TEST((rack.LostAt(Run(1000, 4ms, true), 0ms) == kStart + 24ms));
}

BOOST_AUTO_TEST_CASE(AnAnswerTooQuickForARetransmissionIsTheFirstOnes) {  // 6.2 step 2
  Rack rack;
  rack.OnRoundTrip(20ms);
  rack.OnDelivered(Run(1000, 100ms, true), 1000, kStart + 101ms);
  BOOST_TEST((rack.LostAt(Run(500, 50ms), 0ms) == kNever));
}

BOOST_AUTO_TEST_CASE(TheReorderWindowIsAQuarterOfTheRoundTrip) {  // 6.2 step 4
  Rack rack;
  BOOST_TEST((rack.ReorderWindow(false, 100ms) == 0ms));  // nothing known
  rack.OnRoundTrip(40ms);
  rack.OnRoundTrip(20ms);
  rack.OnRoundTrip(30ms);
  BOOST_TEST((rack.ReorderWindow(false, 100ms) == 5ms));
  BOOST_TEST((rack.ReorderWindow(true, 100ms) == 0ms));
}

BOOST_AUTO_TEST_CASE(APathThatReordersIsWaitedForAlways) {  // 6.2 step 3
  Rack rack;
  rack.OnRoundTrip(20ms);
  rack.OnDelivered(Run(3000, 0ms), 3000, kStart + 20ms);
  rack.OnDelivered(Run(1000, 0ms, true), 1000, kStart + 40ms);
  BOOST_TEST(!rack.reordering_seen());  // it was sent again
  rack.OnDelivered(Run(2000, 0ms), 2000, kStart + 21ms);
  BOOST_TEST(rack.reordering_seen());
  BOOST_TEST((rack.ReorderWindow(true, 100ms) == 5ms));
}

BOOST_AUTO_TEST_CASE(NeedlessRetransmissionsWidenTheReorderWindow) {  // 6.2 step 4
  Rack rack;
  rack.OnRoundTrip(20ms);
  rack.OnDuplicate(1000, 5000);
  rack.OnDuplicate(1000, 6000);  // the same round trip
  BOOST_TEST((rack.ReorderWindow(false, 100ms) == 10ms));
  rack.OnDuplicate(5000, 9000);
  BOOST_TEST((rack.ReorderWindow(false, 100ms) == 15ms));
  BOOST_TEST((rack.ReorderWindow(false, 12ms) == 12ms));  // never more than SRTT
  for (int i = 0; i < 15; ++i) rack.OnRecoveryEnd();
  BOOST_TEST((rack.ReorderWindow(false, 100ms) == 15ms));
  rack.OnRecoveryEnd();
  BOOST_TEST((rack.ReorderWindow(false, 100ms) == 5ms));
}

}  // namespace
}  // namespace tcpcopy
