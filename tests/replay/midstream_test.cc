#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

// Sessions whose SYN was not captured: left out, or adopted from their next request on.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

ReplayPolicy Adopting() {
  ReplayPolicy policy;
  policy.adopt_midstream = true;
  return policy;
}

void CloseAtFin(TargetModel::Connection& connection) {
  if (connection.fin_received) connection.Close();
}

BOOST_AUTO_TEST_CASE(AdoptedSessionsBeginAtTheNextRequest) {
  ReplayWorld world(Adopting());
  world.target.application = CloseAtFin;
  world.NewClient().At(5000).Says("rest of a request").Says("GET ", 100).Says("/\n").Fin();
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "GET /\n");
  BOOST_TEST(world.ledger.adopted_sessions() == 1U);
  BOOST_TEST(world.ledger.skipped_bytes() == 17U);
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.ledger.seen().bytes == 6U);
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 0U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(ASessionOfWhichOnlyTheSynIsMissingIsReplayedWhole) {
  ReplayWorld world(Adopting());
  world.target.application = CloseAtFin;
  world.NewClient().Ack().Says("one\n").Fin();
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "one\n");
  BOOST_TEST(world.ledger.skipped_bytes() == 0U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(TheNextTurnsOfAnAdoptedSessionWaitForTheirAnswers) {
  ReplayWorld world(Adopting());
  auto client = world.NewClient();
  client.At(5000).Sees(100).Says("one\n", 100).Says("two\n", 103);
  world.Run(5s);
  BOOST_TEST(world.target.only().received == "one\n");
  world.target.only().Reply("ok\n");
  world.FlushTarget(client.captured());
  world.Settle();
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(AnAdoptedSessionOpensAsLinuxDoes) {
  ReplayWorld world(Adopting());
  world.NewClient().Ack().Says("one\n");
  world.Settle();
  const TcpOptions& options = world.target.only().syn_options;
  BOOST_TEST(options.mss.value_or(0) == world.policy.tcp.mtu - 40);
  BOOST_TEST(options.window_scale.value_or(0) == 7);
  BOOST_TEST(options.sack_permitted);
  BOOST_TEST(!options.timestamps.has_value());  // as the client's segments show
}

BOOST_AUTO_TEST_CASE(WithoutABoundaryNothingIsAdopted) {
  ReplayWorld world(Adopting());
  world.NewClient().At(5000).Says("an ").Says("upload").Fin();
  world.NewClient(4001).Ack().Fin();
  world.Run(1s);
  BOOST_TEST(world.packets_sent == 0U);
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kNoSynSeen).bytes == 9U);
  BOOST_TEST(world.ledger.adopted_sessions() == 0U);
  BOOST_TEST(world.ledger.Of(PacketVerdict::kStray) == 2U);
}

BOOST_AUTO_TEST_CASE(AdoptedSessionsObeyTheLimits) {
  ReplayPolicy policy = Adopting();
  policy.max_sessions = 1;
  ReplayWorld world(policy);
  world.NewClient(4000).Syn();
  world.NewClient(4001).At(10).Says("skipped").Says("refused", 5).Says("more", 9);
  world.NewClient(1).Ack().Says("x");  // has no address; there is no room either
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 2U);
  BOOST_TEST(world.ledger.Of(Outcome::kNoMemory).bytes == 19U);
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 0U);
  BOOST_TEST(world.ledger.adopted_sessions() == 0U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(ASkippedSessionIsCountedOnceAndNotReplayed) {
  ReplayWorld world;
  world.NewClient().At(10).Says("mid").Says("stream", 5).Says("again", 9).Fin();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kNoSynSeen).bytes == 14U);
  BOOST_TEST(world.packets_sent == 0U);
}

BOOST_AUTO_TEST_CASE(DataCapturedBeforeItsSynIsCountedOnce) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  auto client = world.NewClient();
  client.Says("one\n");
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 1U);
  client.Syn().Ack().At(0).Says("one\n").Fin();  // as retransmitted
  world.Run(1s);
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.ledger.seen().bytes == 4U);
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 0U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.ledger.Reconciles());
}

BOOST_AUTO_TEST_CASE(ASynCapturedBehindTheFirstBytesOfAnAdoptedSessionOpensNothing) {
  ReplayWorld world(Adopting());
  world.target.application = CloseAtFin;
  world.NewClient().Ack().Says("one\n").Syn().Fin();
  world.Run(1s);
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(ANewConnectionOfAMidstreamClientIsASessionOfItsOwn) {
  ReplayWorld world;
  world.NewClient(4000, 1000).At(10).Says("old");
  world.NewClient(4000, 900'000).Syn().Ack();
  BOOST_TEST(world.Count(Outcome::kNoSynSeen) == 1U);
  BOOST_TEST(world.ledger.seen().sessions == 2U);
}

}  // namespace
}  // namespace tcpcopy
