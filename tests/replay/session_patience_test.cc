#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

// How long a session waits for a target that does not do its part. A wait whose deadline is past
// without an end of the session would keep the story awake for ever, and with it the process.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

ReplayPolicy TenSeconds() {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  return policy;
}

BOOST_AUTO_TEST_CASE(ATargetThatNeverGreetsTimesOutWhenItIsTheClientsTurn) {
  ReplayWorld world(TenSeconds());
  auto client = world.NewClient();
  client.Syn().Ack();
  world.Run(60s);  // nobody owes anything yet
  BOOST_TEST(world.ledger.active().sessions == 1U);
  client.Says("USER\n", 5);
  world.Run(11s);
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 1U);
  BOOST_TEST(world.target.only().received.empty());
}

BOOST_AUTO_TEST_CASE(TheHandshakeIsProgressOfTheTarget) {
  ReplayWorld world(TenSeconds());
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  auto client = world.NewClient();
  client.Syn().Ack().Says("USER\n", 5);
  world.Run(6s);
  world.target.on_syn = TargetModel::OnSyn::kAccept;  // the SYN comes again after 7 s
  world.Run(8s);
  world.target.only().Reply("220 \n");
  world.FlushTarget(client.captured());
  world.Settle();
  BOOST_TEST(world.target.only().received == "USER\n");
}

BOOST_AUTO_TEST_CASE(UnacknowledgedBytesAreNotWaitedForAsLongAsAnIdleClient) {
  ReplayWorld world(TenSeconds());
  auto client = world.NewClient();
  client.Syn().Ack();
  world.Settle();
  world.target.gone = true;
  client.Says("one\n");
  world.Run(9s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 1U);
}

}  // namespace
}  // namespace tcpcopy
