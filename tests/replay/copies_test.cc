#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

ReplayPolicy Copies(std::uint16_t copies) {
  ReplayPolicy policy;
  policy.copies = copies;
  return policy;
}

/// Answers the first bytes, and closes when the client has.
void AnswerOnce(TargetModel::Connection& connection) {
  if (connection.answered == 0 && !connection.received.empty()) {
    connection.Reply("ok");
    connection.answered = 1;
  }
  if (connection.fin_received) connection.Close();
}

BOOST_AUTO_TEST_CASE(EachCopyIsASessionOfItsOwn) {
  ReplayWorld world(Copies(10));
  world.target.application = AnswerOnce;
  world.NewClient().Syn().Ack().Says("hello").Sees(2).Fin(2);
  world.Run(2s);
  BOOST_TEST(world.target.connections().size() == 10U);
  for (const auto& [flow, connection] : world.target.connections()) {
    BOOST_TEST(connection.received == "hello");
    BOOST_TEST(connection.fin_received);
    BOOST_TEST(connection.syns == 1U);
  }
  BOOST_TEST(world.Count(Outcome::kCompleted) == 10U);
  BOOST_TEST(world.ledger.seen().requests_delivered == 10U);
  BOOST_TEST(world.ledger.seen().bytes_delivered == 50U);
  BOOST_TEST(world.ledger.packets() == world.captured_packets);
  BOOST_TEST(world.ledger.Reconciles());
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(EachCopyBeginsAsLateAsTheOthers) {
  ReplayPolicy policy = Copies(3);
  policy.admission.source_waits = true;
  policy.admission.has_schedule = true;
  policy.session_limit = 5;
  ReplayWorld world(policy);
  world.due = world.clock.Now();
  world.Run(70ms);
  world.NewClient(4000).Syn().Ack();
  world.due = world.clock.Now();
  world.NewClient(5000).Syn();
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 1U);
  const Histogram& lateness = world.ledger.lateness();
  BOOST_TEST(lateness.count() == 5U);  // of those that began
  BOOST_TEST((lateness.max() == 70ms));
  BOOST_TEST((lateness.Percentile(40) == 0ms));
}

BOOST_AUTO_TEST_CASE(ACopyThatTheTargetResetsDisturbsNoOther) {
  ReplayWorld world(Copies(5));
  int asked = 0;
  world.target.application = [&](TargetModel::Connection& connection) {
    if (connection.received == "one" && connection.answered == 0) {
      connection.answered = 1;
      if (++asked == 3) return connection.Reset();
      connection.Reply("ok");
    } else if (connection.received == "onetwo" && connection.answered == 1) {
      connection.answered = 2;
      connection.Reply("ok");
    }
    if (connection.fin_received) connection.Close();
  };
  auto client = world.NewClient();
  client.Syn().Ack().Says("one");
  world.Run(1s);
  client.Says("two", 2).Fin(4);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kResetByTarget) == 1U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 4U);
  BOOST_TEST(world.ledger.seen().bytes == 5 * 6U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(CopiesThatFindNoRoomAreRefusedOneByOne) {
  ReplayPolicy policy = Copies(4);
  policy.session_limit = 6;
  ReplayWorld world(policy);
  world.NewClient(4000).Syn();
  world.NewClient(5000).Syn();
  BOOST_TEST(world.ledger.active().sessions == 6U);
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 2U);
  BOOST_TEST(world.ledger.seen().sessions == 8U);
}

BOOST_AUTO_TEST_CASE(CopiesThatFindNoRoomAreRememberedOnce) {
  ReplayPolicy policy = Copies(1000);
  policy.session_limit = 6;
  policy.remembered_flows = 4;
  ReplayWorld world(policy);
  auto client = world.NewClient();
  client.Syn().Ack().Says("request");
  client.Says("more", 1).Fin();
  BOOST_TEST(world.ledger.active().sessions == 6U);
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 994U);
  BOOST_TEST(world.ledger.seen().sessions == 1000U);
  BOOST_TEST(world.ledger.seen().bytes == 11'000U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(ASessionIsLetInWithAllItsCopiesOrWithNone) {
  ReplayPolicy policy = Copies(7);
  policy.admission.sample_percent = 20;
  ReplayWorld world(policy);
  for (std::uint16_t port = 2000; port < 9000; port = static_cast<std::uint16_t>(port + 7)) {
    world.NewClient(port).Syn();
    BOOST_REQUIRE(world.Count(Outcome::kLeftOutBySampling) % 7 == 0);
  }
  BOOST_TEST(world.ledger.seen().sessions == 7000U);
  const double taken = static_cast<double>(world.ledger.active().sessions) / 7;
  BOOST_TEST(taken > 200 - 5 * 12.7);  // the binomial's standard deviation is 12.6
  BOOST_TEST(taken < 200 + 5 * 12.7);
}

BOOST_AUTO_TEST_CASE(TheCopiesOfASessionThatIsLeftOutAreRememberedOnce) {
  ReplayPolicy policy = Copies(1000);
  policy.admission.sample_percent = 0;
  policy.remembered_flows = 4;
  ReplayWorld world(policy);
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4000, 4001, 4002})
    world.NewClient(port).Syn();
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{4000, 4001, 4002}) {
    world.NewClient(port).Syn().Ack().Says("request").Fin();
  }
  BOOST_TEST(world.ledger.seen().sessions == 3000U);
  BOOST_TEST(world.Count(Outcome::kLeftOutBySampling) == 3000U);
  BOOST_TEST(world.ledger.Of(Outcome::kLeftOutBySampling).bytes == 3 * 7000U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(WhatCameBeforeASynThatIsNotLetInIsCountedOnceForEachCopy) {
  ReplayPolicy policy = Copies(3);
  policy.admission.sample_percent = 0;
  ReplayWorld world(policy);
  auto client = world.NewClient();
  client.Says("request");
  client.At(0).Syn();
  client.Says("request");
  BOOST_TEST(world.ledger.seen().sessions == 3U);
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 0U);
  BOOST_TEST(world.Count(Outcome::kLeftOutBySampling) == 3U);
}

BOOST_AUTO_TEST_CASE(APortUsedAgainEndsAllCopiesOfTheSessionBefore) {
  ReplayPolicy policy = Copies(3);
  policy.admission.rate = 1;
  ReplayWorld world(policy);
  world.target.application = [](TargetModel::Connection& connection) {
    if (connection.fin_received) connection.Close();
  };
  world.NewClient(40'000, 1000).Syn().Ack().Says("request");
  world.Run(100ms);
  world.NewClient(40'000, 900'000).Syn().Ack().Says("other");
  BOOST_TEST(world.Count(Outcome::kLeftOutByRate) == 3U);
  world.Run(600s);
  BOOST_TEST(world.ledger.active().sessions == 0U);
}

BOOST_AUTO_TEST_CASE(FlowsWithoutASynAreRememberedOnceForAllCopies) {
  ReplayPolicy policy = Copies(1000);
  policy.remembered_flows = 4;
  ReplayWorld world(policy);
  for (int packet = 0; packet < 10; ++packet) world.NewClient().At(7 * packet).Says("request");
  BOOST_TEST(world.ledger.seen().sessions == 1000U);
  BOOST_TEST(world.ledger.Of(Outcome::kNoSynSeen).bytes == 1000U * 70);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(TheReaderIsWokenWhenMemoryIsFreeAgain) {
  struct Reader final : Runnable {
    void Run() override { ++runs; }
    int runs = 0;
  };
  ReplayWorld world({}, 64U << 10);
  Reader reader;
  world.dispatcher->set_reader(&reader);
  auto client = world.NewClient();
  client.Syn().Ack();
  for (int i = 0; i < 40; ++i) client.Says(std::string(1000, 'x'));
  client.Says("next", 2);  // only behind an answer
  BOOST_TEST(!world.dispatcher->MayRead());
  world.Run(1s);
  BOOST_TEST(world.dispatcher->MayRead());
  BOOST_TEST(reader.runs > 0);
}

BOOST_AUTO_TEST_CASE(ARepeatedSynOpensNoMoreCopies) {
  ReplayWorld world(Copies(3));
  auto client = world.NewClient();
  client.Syn().Syn().Ack();
  BOOST_TEST(world.ledger.seen().sessions == 3U);
}

BOOST_AUTO_TEST_CASE(AdoptedSessionsHaveCopiesToo) {
  ReplayPolicy policy = Copies(3);
  policy.adopt_midstream = true;
  ReplayWorld world(policy);
  world.target.application = AnswerOnce;
  world.NewClient().At(100).Says("old").Says("request", 50).Fin(60);
  world.Run(2s);
  BOOST_TEST(world.ledger.adopted_sessions() == 3U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 3U);
}

BOOST_AUTO_TEST_CASE(ASourceThatCanWaitIsReadOnWhenTheRateAllowsIt) {
  struct Reader final : Runnable {
    void Run() override { ++runs; }
    int runs = 0;
  };
  ReplayPolicy policy;
  policy.admission.rate = 10;
  policy.admission.source_waits = true;
  Reader reader;
  ReplayWorld world(policy);
  world.dispatcher->set_reader(&reader);
  BOOST_TEST(world.dispatcher->MayRead());
  world.NewClient(4000).Syn();
  BOOST_TEST(!world.dispatcher->MayRead());
  world.Run(99ms);
  BOOST_TEST(!world.dispatcher->MayRead());
  const int before = reader.runs;
  world.Run(2ms);
  BOOST_TEST(world.dispatcher->MayRead());
  BOOST_TEST(reader.runs > before);
  world.dispatcher->SetOverCpuLimit(true);
  BOOST_TEST(!world.dispatcher->MayRead());
  world.dispatcher->SetOverCpuLimit(false);
  world.Settle();
  BOOST_TEST(world.dispatcher->MayRead());
}

BOOST_AUTO_TEST_CASE(LiveSessionsBeyondTheCpuLimitAreLeftOutWhole) {
  ReplayWorld world;
  world.NewClient(4000).Syn().Ack();
  world.dispatcher->SetOverCpuLimit(true);
  world.NewClient(4001).Syn().Ack().Says("lost");
  world.dispatcher->SetOverCpuLimit(false);
  world.NewClient(4002).Syn().Ack();
  BOOST_TEST(world.Count(Outcome::kLeftOutByCpuLimit) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kLeftOutByCpuLimit).bytes == 4U);
  BOOST_TEST(world.ledger.active().sessions == 2U);
}

}  // namespace
}  // namespace tcpcopy
