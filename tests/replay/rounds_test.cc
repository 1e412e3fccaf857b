// Dispatcher::BeginRound: the same capture once more.
#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

void Answer(ReplayWorld& world) {
  world.target.application = [](TargetModel::Connection& connection) {
    connection.fin_received ? connection.Close() : connection.Reply("ok\n");
  };
}

BOOST_AUTO_TEST_CASE(TheSamePacketsAreOtherSessionsInEachRound) {
  ReplayWorld world;
  Answer(world);
  for (int round = 1; round <= 3; ++round) {
    world.NewClient().Syn().Ack().Says("one").Says("two", 3).Fin(6);
    world.Run(5s);
    world.dispatcher->BeginRound();
  }
  BOOST_TEST(world.ledger.seen().sessions == 3U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 3U);
}

BOOST_AUTO_TEST_CASE(WhatIsStillBusyWithTheTargetGoesOnAndTheNextRoundsSessionWaits) {
  ReplayWorld world;  // keeps the clients' addresses
  Answer(world);
  for (int round = 1; round <= 3; ++round) {
    world.NewClient().Syn().Ack().Says("one").Says("two", 3).Fin(6);
    world.dispatcher->BeginRound();  // no time passes
  }
  BOOST_TEST(world.dispatcher->sessions() == 3U);
  BOOST_TEST(world.ledger.seen().sessions == 3U);
  world.Run(60s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 3U);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(OpenSessionsHearTheEndOfTheCapture) {
  ReplayWorld world;
  Answer(world);
  for (int round = 1; round <= 2; ++round) {
    world.NewClient().Syn().Ack().Says("never closed");
    world.Run(5s);
    BOOST_TEST(world.ledger.active().sessions == 1U);
    world.dispatcher->BeginRound();
    world.Run(5s);
    BOOST_TEST(world.ledger.active().sessions == 0U);
  }
  BOOST_TEST(world.Count(Outcome::kCaptureEnded) == 2U);
}

BOOST_AUTO_TEST_CASE(WhatCannotBeReplayedIsCountedInEachRound) {
  ReplayWorld world;
  for (int round = 1; round <= 3; ++round) {
    world.NewClient().Says("no SYN").Says("of a session before");
    world.dispatcher->BeginRound();
  }
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 3U);

  ReplayPolicy policy;
  policy.admission.sample_percent = 0;
  ReplayWorld sampled(policy);
  for (int round = 1; round <= 3; ++round) {
    sampled.NewClient().Syn().Ack().Says("left out");
    sampled.dispatcher->BeginRound();
  }
  BOOST_TEST(sampled.Count(Outcome::kLeftOutBySampling) == 3U);
}

BOOST_AUTO_TEST_CASE(FragmentsOfOneRoundAreNotJoinedWithThoseOfTheNext) {
  ReplayWorld world;
  Answer(world);
  for (int round = 1; round <= 2; ++round) {
    // The pieces of a whole packet are known for a second of capture time, and that begins anew:
    // they would be taken for copies.
    auto client = world.NewClient().Syn().Ack();
    world.fragment_bytes = 24;
    client.Says("a request in several pieces of its packet");
    world.fragment_bytes = 0;
    client.Fin();
    world.Run(5s);
    world.dispatcher->BeginRound();
  }
  BOOST_TEST(world.Count(Outcome::kCompleted) == 2U);
}

BOOST_AUTO_TEST_CASE(AFileIsNotReadAheadOfSessionsThatWaitInLine) {
  ReplayPolicy policy;
  policy.max_engaged = 4;
  ReplayWorld world(policy);
  Answer(world);
  int rounds = 0;
  for (; rounds < 100 && world.dispatcher->MayRead(); ++rounds) {
    world.NewClient().Syn().Ack().Says("one").Fin();
    world.dispatcher->BeginRound();
    world.Settle();
  }
  BOOST_TEST(rounds <= 5);
  world.Run(60s);
  BOOST_TEST(world.dispatcher->MayRead());
  BOOST_TEST(world.ledger.active().sessions == 0U);
}

}  // namespace
}  // namespace tcpcopy
