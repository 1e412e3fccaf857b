#include "src/replay/ledger.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(SeenIsTheSumOfOutcomesAndActiveAtAnyTime) {
  Ledger ledger;
  Prng prng(7);
  struct Live {
    std::uint64_t requests = 0;
    std::uint64_t bytes = 0;
  };
  std::vector<Live> live;
  for (int step = 0; step < 5000; ++step) {
    switch (prng.Below(4)) {
      case 0:
        ledger.Open();
        live.emplace_back();
        break;
      case 1:
        if (live.empty()) break;
        {
          Live& session = live[prng.Below(live.size())];
          session.requests += 1;
          session.bytes += 10;
          ledger.Grow(1, 10);
        }
        break;
      case 2:
        if (live.empty()) break;
        ledger.Close(static_cast<Outcome>(prng.Below(kOutcomes)),
                     {1, live.back().requests, live.back().requests / 2, live.back().bytes, 0});
        live.pop_back();
        break;
      default:
        ledger.LeaveOut(Outcome::kLeftOutBySampling, {.sessions = 1, .bytes = 3});
        break;
    }
    BOOST_REQUIRE(ledger.Reconciles());
    BOOST_REQUIRE_EQUAL(ledger.active().sessions, live.size());
    BOOST_REQUIRE_EQUAL(ledger.seen().sessions, ledger.Ended().sessions + live.size());
  }
}

BOOST_AUTO_TEST_CASE(EveryPacketHasOneVerdict) {
  Ledger ledger;
  ledger.CountPacket(PacketVerdict::kToSession);
  ledger.CountPacket(PacketVerdict::kStray);
  ledger.CountParseError(ParseError::kNotTcp);
  BOOST_TEST(ledger.packets() == 3U);
  BOOST_TEST(ledger.Of(ParseError::kNotTcp) == 1U);
}

BOOST_AUTO_TEST_CASE(WhatIsTakenBackIsInNoSum) {
  Ledger ledger;
  ledger.LeaveOut(Outcome::kNoSynSeen, {.sessions = 1, .bytes = 3});
  ledger.LeaveOut(Outcome::kNoSynSeen, {.sessions = 1, .bytes = 5});
  ledger.TakeBack(Outcome::kNoSynSeen, {.sessions = 1, .bytes = 3});
  BOOST_TEST((ledger.seen() == SessionTotals{.sessions = 1, .bytes = 5}));
  BOOST_TEST(ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(WhatEveryReadingLeavesOutIsNotReplayable) {
  Ledger ledger;
  ledger.LeaveOut(Outcome::kNoSynSeen, {.sessions = 1});
  ledger.LeaveOut(Outcome::kLeftOutBySampling, {.sessions = 2});
  BOOST_TEST(ledger.Replayable() == 0U);
  ledger.LeaveOut(Outcome::kNoMemory, {.sessions = 3});
  ledger.Open();
  BOOST_TEST(ledger.Replayable() == 4U);
}

BOOST_AUTO_TEST_CASE(LatenessIsKept) {
  Ledger ledger;
  ledger.CountLateness(std::chrono::milliseconds(3));
  BOOST_TEST(ledger.lateness().count() == 1U);
  BOOST_TEST((ledger.lateness().max() == std::chrono::milliseconds(3)));
}

BOOST_AUTO_TEST_CASE(ConflictsAreCountedInSegmentsAndBytes) {
  Ledger ledger;
  ledger.CountConflict(0);
  BOOST_TEST(ledger.conflicting_segments() == 0U);
  ledger.CountConflict(3);
  ledger.CountConflict(4);
  BOOST_TEST(ledger.conflicting_segments() == 2U);
  BOOST_TEST(ledger.conflicting_bytes() == 7U);
}

}  // namespace
}  // namespace tcpcopy
