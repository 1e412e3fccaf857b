#include "src/replay/client_acks.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

ReplayPolicy Policy(bool faithful) {
  ReplayPolicy policy;
  policy.faithful_acks = faithful;
  return policy;
}

/// Answers "ok" to each word, and closes when the client has.
void AnswerWords(TargetModel::Connection& connection) {
  while (connection.answered * 4 < static_cast<int>(connection.received.size())) {
    connection.Reply("ok");
    ++connection.answered;
  }
  if (connection.fin_received) connection.Close();
}

std::uint64_t PacketsOfAShortSession(bool faithful) {
  ReplayWorld world(Policy(faithful));
  world.target.application = AnswerWords;
  // SYN, ACK, request, ACK of the answer, FIN, ACK of production's FIN.
  world.NewClient().Syn().Ack().Says("ask\n").Sees(2).Fin(2).Sees(3);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.blocks.in_use() == 0U);
  return world.packets_sent;
}

BOOST_AUTO_TEST_CASE(AShortSessionTakesAsManyPacketsAsItsClientsDid) {
  BOOST_TEST(PacketsOfAShortSession(true) == 6U);
  BOOST_TEST(PacketsOfAShortSession(false) <= 4U);
}

BOOST_AUTO_TEST_CASE(AnAckOfTheClientIsMirroredBeforeTheNextRequest) {
  for (const bool faithful : {false, true}) {
    ReplayWorld world(Policy(faithful));
    world.target.application = AnswerWords;
    auto client = world.NewClient();
    client.Syn().Ack().Says("one\n").Sees(2).Says("two\n", 2).Says("six\n", 4);
    world.Run(20ms);
    BOOST_TEST(world.target.only().received == "one\ntwo\nsix\n");
    // SYN, three requests; and the handshake's ACK, and that of the first answer. The second answer
    // was acknowledged by the third request, as the client did it.
    BOOST_TEST(world.packets_sent == (faithful ? 6U : 4U));
  }
}

BOOST_AUTO_TEST_CASE(AnAckThatIsCapturedLaterLeavesThen) {
  ReplayWorld world(Policy(true));
  world.target.application = AnswerWords;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one\n");
  world.Run(5ms);
  const std::uint64_t before = world.packets_sent;
  client.Sees(2);
  world.Settle();
  BOOST_TEST(world.packets_sent == before + 1);
  client.Sees(2);  // again: a window update, or a keep-alive
  world.Run(1s);
  BOOST_TEST(world.packets_sent == before + 1);
}

BOOST_AUTO_TEST_CASE(WhatTheTargetNeverAnswersIsNotWaitedFor) {
  ReplayWorld world(Policy(true));
  world.target.application = AnswerWords;
  auto client = world.NewClient();
  // Production answered 100 bytes to each, the target answers two.
  client.Syn().Ack().Says("one\n").Sees(100).Says("two\n", 100).Sees(200).Fin(200);
  world.Run(10s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
  BOOST_TEST(world.blocks.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(WithoutMemoryTheSessionGoesOn) {
  ReplayWorld world(Policy(true), 2 * sizeof(BlockPool::Block));
  world.target.application = AnswerWords;
  auto client = world.NewClient();
  client.Syn().Ack();
  for (std::uint32_t seen = 1; seen < 1000; ++seen) client.Sees(seen);
  client.Says("one\n", 1000).Fin(1000);
  world.Run(10s);
  BOOST_TEST(world.ledger.Ended().sessions == 1U);
  BOOST_TEST(world.blocks.in_use() == 0U);
}

}  // namespace
}  // namespace tcpcopy
