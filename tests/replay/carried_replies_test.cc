// Sessions whose replies others bring: src/replay/dispatcher.h with a ReplyPath.

#include <boost/test/unit_test.hpp>
#include <vector>

#include "src/io/reply_path.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Takes note of all that it is told. With nobody up, nothing is taken.
struct NotedPath final : ReplyPath {
  bool Announce(const FlowKey& replayed) override {
    if (!up) return false;
    announced.push_back(replayed);
    return true;
  }
  bool AnnounceTo(const FlowKey& replayed, Carrier carrier) override {
    announced_to.push_back(carrier);
    return Announce(replayed);
  }
  void Settle(const FlowKey&, Carrier carrier) override { settled.push_back(carrier); }
  void Withdraw(const FlowKey& replayed) override { withdrawn.push_back(replayed); }

  bool up = true;
  std::vector<FlowKey> announced;
  std::vector<Carrier> announced_to;
  std::vector<Carrier> settled;
  std::vector<FlowKey> withdrawn;
};

struct WithPath {
  NotedPath path;
};

struct CarriedWorld : WithPath, ReplayWorld {
  explicit CarriedWorld(std::vector<ReplyPath::Carrier> by)
      : ReplayWorld({}, 8U << 20, "80-10.0.0.2:8080", &path) {
    carriers = std::move(by);
    target.application = [](auto& connection) {
      if (connection.fin_received) connection.Close();
    };
  }
};

BOOST_AUTO_TEST_CASE(ASessionIsAnnouncedBeforeItsSynAndWithdrawnWhenItIsOver) {
  CarriedWorld world({3});
  auto client = world.NewClient();
  client.Syn();
  BOOST_TEST(world.path.announced.size() == 1U);
  BOOST_TEST(world.packets_sent == 0U);
  client.Ack().Says("request");
  world.Settle();
  BOOST_TEST(world.path.withdrawn.empty());
  client.Fin();
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST_REQUIRE(world.path.withdrawn.size() == 1U);
  BOOST_TEST((world.path.withdrawn == world.path.announced));
  BOOST_TEST(world.path.announced[0].local.ToString() == "192.0.2.1:40000");
  BOOST_TEST(world.path.announced[0].peer.ToString() == "10.0.0.2:8080");
}

BOOST_AUTO_TEST_CASE(TheFirstReplySettlesWhoCarriesAndOthersCount) {
  CarriedWorld world({3, 5});
  world.NewClient().Syn().Ack().Says("request").Fin();
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST((world.path.settled == std::vector<ReplyPath::Carrier>{3}));
  BOOST_TEST(world.ledger.replies() > 0U);
  BOOST_TEST(world.ledger.replies_twice() == world.ledger.replies());
  BOOST_TEST(world.ledger.stray_replies() == 0U);
}

/// It comes late, or was held by an intercept that sees nothing of the session on the same ports.
BOOST_AUTO_TEST_CASE(WhatAFormerSessionIsAnsweredSettlesNothing) {
  CarriedWorld world({});
  world.NewClient().Syn().Ack().Says("request").Fin();
  world.Settle();
  const FlowKey session = world.path.announced.at(0);
  TcpSegment late;
  late.seq = SeqNum(5);
  late.ack = SeqNum(6);
  for (const std::uint8_t flag : {TcpFlags::kAck, TcpFlags::kSyn, TcpFlags::kRst}) {
    late.flags.bits = flag | TcpFlags::kAck;
    world.BringReply(session.Reversed(), late, 3);
  }
  BOOST_TEST(world.path.settled.empty());
  world.carriers = {5};
  world.Run(3s);
  BOOST_TEST((world.path.settled == std::vector<ReplyPath::Carrier>{5}));
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(WithNobodyUpASessionIsLeftOutAndSendsNothing) {
  CarriedWorld world({3});
  world.path.up = false;
  auto client = world.NewClient();
  client.Syn().Ack().Says("request");
  world.Settle();
  BOOST_TEST(world.Count(Outcome::kRepliesLost) == 1U);
  client.Says("late");
  BOOST_TEST(world.ledger.Of(Outcome::kRepliesLost).bytes == 11U);
  BOOST_TEST(world.packets_sent == 0U);
  BOOST_TEST(world.dispatcher->Idle());
  world.path.up = true;
  world.NewClient(40001).Syn().Ack().Says("request").Fin();
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(OneThatEndsInLineTakesNobodysRepliesAway) {
  CarriedWorld world({3});
  world.target.application = nullptr;
  world.NewClient(4000, 1000).Syn().Ack().Says("request").Sees(2).Fin(2);
  world.Settle();
  auto next = world.NewClient(4000, 900'000);
  next.Syn().Ack();
  for (int i = 0; i < 10'000; ++i) next.Says(std::string(1000, 'x'));
  world.Settle();
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 1U);
  BOOST_TEST(world.path.announced.size() == 1U);
  BOOST_TEST(world.path.withdrawn.empty());
}

BOOST_AUTO_TEST_CASE(ASessionThatWaitedInLineIsAnnouncedWhenItsTurnHasCome) {
  for (const bool still_up : {true, false}) {
    CarriedWorld world({3});
    world.target.application = nullptr;
    world.NewClient(4000, 1000).Syn().Ack().Says("first").Fin();
    world.Settle();
    world.NewClient(4000, 90'000).Syn().Ack().Says("second").Fin();
    world.Settle();
    BOOST_TEST(world.path.announced.size() == 1U);
    world.dispatcher->carriers().OnLost(9);  // the one in line asks nobody yet
    BOOST_TEST(world.path.announced.size() == 1U);
    world.target.application = [](auto& connection) {
      if (connection.fin_received) connection.Close();
    };
    world.path.up = still_up;
    world.target.only().Close();
    world.FlushTarget(world.NewClient(4000).captured());
    world.Run(2s);
    BOOST_TEST(world.Count(Outcome::kCompleted) == (still_up ? 2U : 1U));
    BOOST_TEST(world.Count(Outcome::kRepliesLost) == (still_up ? 0U : 1U));
    BOOST_TEST(world.path.withdrawn.size() == 2U);
    BOOST_TEST(world.dispatcher->Idle());
  }
}

BOOST_AUTO_TEST_CASE(SessionsOfALostCarrierEndWithReset) {
  CarriedWorld world({3});
  world.NewClient(2000).Syn().Ack().Says("of 3").Sees(1);
  world.Settle();
  world.carriers = {5};
  world.NewClient(2001).Syn().Ack().Says("of 5").Sees(1);
  world.Settle();
  world.dispatcher->carriers().OnLost(3);
  world.Run(10ms);
  BOOST_TEST(world.Count(Outcome::kRepliesLost) == 1U);
  BOOST_TEST(world.dispatcher->sessions() == 1U);
  for (const auto& [flow, connection] : world.target.connections()) {
    BOOST_TEST(connection.reset_received == (connection.received == "of 3"));
  }
}

BOOST_AUTO_TEST_CASE(SessionsWithoutAReplyAskWhoIsLeft) {
  CarriedWorld world({});
  world.NewClient().Syn().Ack().Says("request").Fin();
  world.Settle();
  BOOST_TEST(world.path.announced.size() == 1U);
  world.dispatcher->carriers().OnLost(3);
  BOOST_TEST(world.path.announced.size() == 2U);
  BOOST_TEST((world.path.announced[0] == world.path.announced[1]));
  BOOST_TEST(world.Count(Outcome::kRepliesLost) == 0U);
  world.path.up = false;
  world.dispatcher->carriers().OnLost(4);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kRepliesLost) == 1U);
  BOOST_TEST(world.path.withdrawn.size() == 1U);
}

/// It may be the only one that their replies pass by.
BOOST_AUTO_TEST_CASE(SessionsWithoutAReplyAskOneThatHasComeToo) {
  CarriedWorld world({3});
  world.NewClient(2000).Syn().Ack().Says("of 3").Sees(1);
  world.Settle();
  world.carriers = {};
  world.NewClient(2001).Syn().Ack().Says("of nobody yet").Fin();
  world.Settle();
  BOOST_TEST_REQUIRE(world.path.announced.size() == 2U);
  world.dispatcher->carriers().OnFound();
  BOOST_TEST_REQUIRE(world.path.announced.size() == 3U);
  BOOST_TEST((world.path.announced[2] == world.path.announced[1]));
  world.carriers = {5};
  world.Run(3s);
  BOOST_TEST((world.path.settled == std::vector<ReplyPath::Carrier>{3, 5}));
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

/// A connection to it was lost, others were not: nobody else is to bring what it has begun with.
BOOST_AUTO_TEST_CASE(SessionsOfACarrierThatForgotAskAgain) {
  CarriedWorld world({3});
  world.NewClient(2000).Syn().Ack().Says("of 3").Sees(1);
  world.Settle();
  world.carriers = {5};
  world.NewClient(2001).Syn().Ack().Says("of 5").Sees(1);
  world.Settle();
  world.carriers = {};
  world.NewClient(2002).Syn().Ack().Says("of nobody yet").Sees(1);
  world.Settle();
  const std::vector<FlowKey> first = world.path.announced;
  BOOST_TEST_REQUIRE(first.size() == 3U);
  world.dispatcher->carriers().OnForgot(3);
  BOOST_TEST_REQUIRE(world.path.announced.size() == 5U);
  BOOST_TEST((world.path.announced[3] == first[0]));
  BOOST_TEST((world.path.announced[4] == first[2]));
  BOOST_TEST((world.path.announced_to == std::vector<ReplyPath::Carrier>{3}));
  BOOST_TEST(world.Count(Outcome::kRepliesLost) == 0U);
  world.path.up = false;
  world.dispatcher->carriers().OnForgot(3);
  world.Run(10ms);
  BOOST_TEST(world.Count(Outcome::kRepliesLost) == 2U);
}

/// Whoever was to bring its replies may not have been told for lack of room, or have forgotten.
BOOST_AUTO_TEST_CASE(SessionsThatHearNothingAskAgain) {
  CarriedWorld world({3});
  world.NewClient(2000).Syn().Ack().Says("answered").Sees(1);
  world.Settle();
  world.carriers = {};
  world.NewClient(2001).Syn().Ack().Says("not answered").Fin();
  world.Settle();
  const std::vector<FlowKey> first = world.path.announced;
  BOOST_TEST_REQUIRE(first.size() == 2U);
  world.Run(2s);
  world.dispatcher->carriers().AskForSilent(world.loop().Now() - 3s);
  BOOST_TEST(world.path.announced.size() == 2U);
  world.Run(2s);
  world.dispatcher->carriers().AskForSilent(world.loop().Now() - 3s);
  BOOST_TEST_REQUIRE(world.path.announced.size() == 3U);
  BOOST_TEST((world.path.announced[2] == first[1]));
  world.carriers = {4};
  world.Run(10s);  // its SYN is sent again
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(ASessionThatIsOverKeepsItsOutcomeWhenItsCarrierIsLost) {
  CarriedWorld world({3});
  world.NewClient().Syn().Ack().Says("request").Fin();
  world.Run(10ms);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.dispatcher->sessions() == 1U);  // in TIME-WAIT
  world.dispatcher->carriers().OnLost(3);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(!world.target.only().reset_received);
}

}  // namespace
}  // namespace tcpcopy
