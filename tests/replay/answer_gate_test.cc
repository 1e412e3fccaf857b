#include "src/replay/answer_gate.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""us;

const Instant kStart{};
const AnswerHabit kStranger(AnswerGate::kMaxQuiet);

AnswerHabit AsLong() {
  AnswerHabit habit(AnswerGate::kMaxQuiet);
  for (int i = 0; i < 100; ++i) habit.Note(true);
  return habit;
}

BOOST_AUTO_TEST_CASE(TheFirstRequestWaitsForNothing) {
  AnswerGate gate;
  BOOST_TEST(gate.IsOpen(0, kStranger, kStart));
}

BOOST_AUTO_TEST_CASE(OpensWhenAsMuchIsAnsweredAsInProduction) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  BOOST_TEST(!gate.IsOpen(100, kStranger, kStart));
  gate.OnReceived(99, true, kStart + 1ms);
  BOOST_TEST(!gate.IsOpen(100, kStranger, kStart + 1ms));
  gate.OnReceived(100, true, kStart + 2ms);
  BOOST_TEST(gate.IsOpen(100, kStranger, kStart + 2ms));
}

BOOST_AUTO_TEST_CASE(AServerFirstGreetingOpensTheFirstTurn) {
  AnswerGate gate;
  BOOST_TEST(!gate.IsOpen(20, kStranger, kStart));
  gate.OnReceived(20, true, kStart + 1ms);
  BOOST_TEST(gate.IsOpen(20, kStranger, kStart + 1ms));
}

BOOST_AUTO_TEST_CASE(AShorterAnswerOpensAfterSilence) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(40, true, kStart + 1ms);
  BOOST_TEST(!gate.IsOpen(100, kStranger, kStart + 1ms));
  const Instant opens = gate.OpensAt(100, kStranger);
  BOOST_TEST((opens == kStart + 1ms + AnswerGate::kMinQuiet));
  BOOST_TEST(!gate.IsOpen(100, kStranger, opens - 1ms));
  BOOST_TEST(gate.IsOpen(100, kStranger, opens));
}

BOOST_AUTO_TEST_CASE(NoAnswerAtAllNeverOpens) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  BOOST_TEST((gate.OpensAt(100, kStranger) == kNever));
  BOOST_TEST(!gate.IsOpen(100, kStranger, kStart + std::chrono::hours(1)));
}

BOOST_AUTO_TEST_CASE(SilenceIsMeasuredInTheTargetsOwnPace) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(1, true, kStart + 100ms);  // it took that long for its first byte
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 300ms));
  gate.OnReceived(2, true, kStart + 110ms);
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 310ms));
  gate.OnTurnSent(100, kStart + 400ms);
  gate.OnReceived(3, true, kStart + 10'400ms);
  BOOST_TEST((gate.OpensAt(200, kStranger) == kStart + 10'400ms + AnswerGate::kMaxQuiet));
}

BOOST_AUTO_TEST_CASE(ALostTailHasTimeToComeAgain) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.NoteRoundTrip(20ms, 5ms);
  gate.OnReceived(50, true, kStart + 1ms);
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 101ms));
  gate.NoteRoundTrip(100us, 50us);
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 1ms + AnswerGate::kMinQuiet));
  gate.NoteRoundTrip(2s, 1s);
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 1ms + AnswerGate::kMaxQuiet));
}

/// Both are lost, and the target's timer brings the rest.
BOOST_AUTO_TEST_CASE(WhereAnswersAreUsuallyAsLongALostProbeHasTimeToo) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.NoteRoundTrip(20ms, 5ms);
  gate.OnReceived(50, true, kStart + 1ms);
  BOOST_TEST((gate.OpensAt(100, AsLong()) == kStart + 1ms + 100ms + AnswerHabit::kPatience));
  BOOST_TEST(!gate.IsOpen(100, AsLong(), kStart + 501ms));
  BOOST_TEST(gate.IsOpen(50, AsLong(), kStart + 1ms));
}

BOOST_AUTO_TEST_CASE(TellsHowEachAnswerCameOut) {
  AnswerHabit habit = AsLong();
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  for (std::uint64_t turn = 1; turn <= 3; ++turn) {
    gate.OnReceived(turn * 50, true, kStart);  // production: 100
    gate.Tell(habit, turn * 100);
    gate.OnTurnSent(turn * 100, kStart);
  }
  BOOST_TEST((habit.patience() == Duration{0}));
  for (std::uint64_t turn = 4; turn <= 60; ++turn) {
    gate.OnReceived(turn * 200, true, kStart);
    gate.Tell(habit, turn * 100);
    gate.OnTurnSent(turn * 100, kStart);
  }
  BOOST_TEST((habit.patience() == AnswerHabit::kPatience));
}

BOOST_AUTO_TEST_CASE(TellsOfAShortAnswerOnce) {
  AnswerHabit habit = AsLong();
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(150, true, kStart);  // "404 Not Found", where production gave 4,000
  gate.Tell(habit, 4'000);
  gate.OnTurnSent(4'000, kStart);
  gate.OnReceived(250, true, kStart);  // 100 in production, too
  gate.Tell(habit, 4'100);
  BOOST_TEST((habit.patience() == AnswerHabit::kPatience));
}

BOOST_AUTO_TEST_CASE(ATargetThatPausedWithinAnAnswerMayDoSoAgain) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(50, true, kStart + 1ms);
  gate.OnReceived(100, true, kStart + 41ms);
  gate.OnTurnSent(100, kStart + 41ms);
  gate.OnReceived(150, true, kStart + 42ms);
  BOOST_TEST((gate.OpensAt(200, kStranger) == kStart + 42ms + 80ms));
}

BOOST_AUTO_TEST_CASE(TimeUntilTheFirstByteIsOfThatAnswerOnly) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(100, true, kStart + 500ms);
  gate.OnTurnSent(100, kStart + 500ms);
  gate.OnReceived(150, true, kStart + 501ms);
  BOOST_TEST((gate.OpensAt(200, kStranger) == kStart + 501ms + AnswerGate::kMinQuiet));
}

BOOST_AUTO_TEST_CASE(SilenceInTheMiddleOfAWriteIsNotTheEnd) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(40, false, kStart + 1ms);  // the next segment was lost, perhaps
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 1ms + AnswerGate::kMaxQuiet));
  gate.OnReceived(60, true, kStart + 201ms);
  BOOST_TEST((gate.OpensAt(100, kStranger) == kStart + 201ms + 400ms));
}

BOOST_AUTO_TEST_CASE(ALongerAnswerIsNotTakenForTheNextOne) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(250, true, kStart + 1ms);  // production: 100
  gate.OnTurnSent(100, kStart + 1ms);
  BOOST_TEST(!gate.IsOpen(200, kStranger, kStart + 2ms));
  gate.OnReceived(350, true, kStart + 3ms);
  BOOST_TEST(gate.IsOpen(200, kStranger, kStart + 3ms));
}

BOOST_AUTO_TEST_CASE(ASmallRepeatedShortfallIsExpectedTheNextTime) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(95, true, kStart + 1ms);  // production: 100
  BOOST_TEST(!gate.IsOpen(100, kStranger, kStart + 2ms));
  gate.OnTurnSent(100, kStart + 50ms);
  gate.OnReceived(95 + 94, false, kStart + 51ms);
  BOOST_TEST(!gate.IsOpen(200, kStranger, kStart + 51ms));
  gate.OnReceived(95 + 95, true, kStart + 51ms);
  BOOST_TEST(gate.IsOpen(200, kStranger, kStart + 51ms));
}

BOOST_AUTO_TEST_CASE(ABigShortfallIsNot) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(10, true, kStart + 1ms);  // production: 100
  gate.OnTurnSent(100, kStart + 50ms);
  gate.OnReceived(20, true, kStart + 51ms);
  BOOST_TEST(!gate.IsOpen(200, kStranger, kStart + 51ms));
}

BOOST_AUTO_TEST_CASE(WhatFollowsAPauseIsNotTakenForTheNextAnswers) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(1'000, true, kStart + 1ms);  // of 4,000; then the target gets no CPU
  gate.OnTurnSent(4'000, kStart + 12ms);       // answered with 100
  gate.OnReceived(2'500, true, kStart + 13ms);
  BOOST_TEST(!gate.IsOpen(4'100, kStranger, kStart + 13ms));
  gate.OnTurnSent(4'100, kStart + 40ms);  // it paused again; with 100, too
  gate.OnReceived(4'199, true, kStart + 41ms);
  BOOST_TEST(!gate.IsOpen(4'200, kStranger, kStart + 41ms));
  gate.OnReceived(4'200, true, kStart + 42ms);
  BOOST_TEST(gate.IsOpen(4'200, kStranger, kStart + 42ms));
  gate.OnTurnSent(4'200, kStart + 42ms);
  BOOST_TEST(!gate.IsOpen(4'300, kStranger, kStart + 43ms));
  gate.OnReceived(4'300, true, kStart + 43ms);
  BOOST_TEST(gate.IsOpen(4'300, kStranger, kStart + 43ms));
}

BOOST_AUTO_TEST_CASE(WhatStaysAwayIsWaitedForOnce) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(150, true, kStart + 1ms);  // "404 Not Found", where production gave 4,000
  gate.OnTurnSent(4'000, kStart + 12ms);
  gate.OnReceived(260, true, kStart + 13ms);  // 100 in production
  BOOST_TEST(!gate.IsOpen(4'100, kStranger, kStart + 13ms));
  BOOST_TEST((gate.OpensAt(4'100, kStranger) == kStart + 13ms + AnswerGate::kMinQuiet));
  gate.OnTurnSent(4'100, kStart + 23ms);
  gate.OnReceived(360, true, kStart + 24ms);
  BOOST_TEST(gate.IsOpen(4'200, kStranger, kStart + 24ms));
}

BOOST_AUTO_TEST_CASE(AnEarlyAnswerToAGrowingTurnCounts) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);
  gate.OnReceived(30, true, kStart + 1ms);  // "413 Too Large" while the body still comes
  gate.OnTurnSent(0, kStart + 2ms);
  gate.OnTurnSent(0, kStart + 3ms);
  BOOST_TEST(gate.IsOpen(30, kStranger, kStart + 3ms));
}

BOOST_AUTO_TEST_CASE(NoSilenceIsLongerThanItMayBe) {
  const AnswerHabit hasty(300ms);
  AnswerGate slow;
  slow.OnTurnSent(0, kStart);
  slow.OnReceived(1, true, kStart + 200ms);
  BOOST_TEST((slow.OpensAt(100, hasty) == kStart + 500ms));
  AnswerGate amid_a_write;
  amid_a_write.OnTurnSent(0, kStart);
  amid_a_write.OnReceived(1, false, kStart + 1ms);
  BOOST_TEST((amid_a_write.OpensAt(100, hasty) == kStart + 301ms));
}

BOOST_AUTO_TEST_CASE(AnEarlyAnswerToAPipelinedRequestIsRememberedAsCredit) {
  AnswerGate gate;
  gate.OnTurnSent(0, kStart);                // A and B at once
  gate.OnReceived(200, true, kStart + 1ms);  // both answered
  gate.OnTurnSent(100, kStart + 2ms);        // C, sent by the client after A's answer only
  // D was sent after B's answer; C itself is never answered.
  BOOST_TEST(!gate.IsOpen(200, kStranger, kStart + 3ms));
  BOOST_TEST((gate.OpensAt(200, kStranger) == kStart + 2ms + AnswerGate::kMaxQuiet));
  BOOST_TEST(gate.IsOpen(200, kStranger, kStart + 2ms + AnswerGate::kMaxQuiet));
}

BOOST_AUTO_TEST_CASE(SilenceBeforeMissingBytesIsNoEnd) {
  AnswerGate gate;
  gate.OnTurnSent(0, Instant{});
  gate.OnReceived(10, true, Instant{});
  gate.NoteHole(true);
  BOOST_TEST((gate.OpensAt(1000, kStranger) == kNever));
  BOOST_TEST(!gate.IsOpen(1000, kStranger, Instant{} + std::chrono::hours(1)));
  BOOST_TEST(gate.IsOpen(10, kStranger, Instant{}));  // as much as production gave has come
  gate.NoteHole(false);
  BOOST_TEST((gate.OpensAt(1000, kStranger) < kNever));
}

}  // namespace
}  // namespace tcpcopy
