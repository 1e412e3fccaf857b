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

/// Counts each thing a number of times that is its own, multiplied by `times`.
Ledger Filled(std::uint64_t times) {
  Ledger ledger;
  for (std::uint64_t round = 0; round < times; ++round) {
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      ledger.LeaveOut(static_cast<Outcome>(i), {i + 1, 2 * i + 2, i, 9 * i + 3, 3 * i});
    }
    ledger.Open();
    ledger.Grow(2, 100);
    for (std::size_t i = 0; i < static_cast<std::size_t>(PacketVerdict::kCount); ++i) {
      for (std::size_t n = 0; n <= i; ++n) ledger.CountPacket(static_cast<PacketVerdict>(i));
    }
    for (std::size_t i = 0; i < static_cast<std::size_t>(ParseError::kCount); ++i) {
      for (std::size_t n = 0; n <= i; ++n) ledger.CountParseError(static_cast<ParseError>(i));
    }
    ledger.CountLateness(std::chrono::milliseconds(7));
    ledger.datagrams() += {1, 2, 3, 4, 5};
    const auto repeat = [](int count, auto call) {
      for (int i = 0; i < count; ++i) call();
    };
    repeat(1, [&] { ledger.CountCutPacket(); });
    repeat(2, [&] { ledger.CountOfOtherShard(); });
    repeat(3, [&] { ledger.CountAdopted(7); });
    repeat(4, [&] { ledger.CountConflict(11); });
    repeat(5, [&] { ledger.CountTooBig(); });
    repeat(6, [&] { ledger.CountReply(true); });
    repeat(7, [&] { ledger.CountReply(false); });
    repeat(8, [&] { ledger.CountReplyTwice(); });
  }
  return ledger;
}

/// Whoever adds a number to the ledger must see to it that it is added up, and here that it is
/// tested.
static_assert(sizeof(Ledger) == 8 + sizeof(DatagramCounts) + sizeof(Histogram) +
                                    (2 + kOutcomes) * sizeof(SessionTotals) +
                                    8 * (static_cast<std::size_t>(PacketVerdict::kCount) +
                                         static_cast<std::size_t>(ParseError::kCount) + 10));

BOOST_AUTO_TEST_CASE(EveryNumberOfTwoPartsIsAddedUp) {
  Ledger sum = Filled(1);
  sum += Filled(2);
  BOOST_TEST((sum == Filled(3)));
  BOOST_TEST(sum.Reconciles());
  BOOST_TEST(sum.packets() == 3 * Filled(1).packets());
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
