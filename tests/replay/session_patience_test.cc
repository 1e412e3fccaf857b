#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

// How long a session waits for a target that does not do its part. A wait whose deadline is past
// without an end of the session would keep the story awake for ever, and with it the process.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
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

BOOST_AUTO_TEST_CASE(ASlowShorterAnswerIsOverBeforeTheTargetsTimeIs) {
  ReplayPolicy policy;
  policy.answer_timeout = 1s;
  ReplayWorld world(policy);
  auto client = world.NewClient();
  client.Syn().Ack().Says("?").Says("!", 100).Fin(100);
  world.Run(900ms);
  world.target.only().Reply("much shorter");  // and twice 900 ms would be more than there is
  world.FlushTarget(client.captured());
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "?!");
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 0U);
}

constexpr std::uint32_t kAnswer = 10;  // bytes in production

/// A target whose answers were as long as production's, and are now cut off behind the first bytes.
struct CutOffAnswers {
  /// Of sessions with one turn each.
  void LearnFromEnds() {
    world.target.application = Answers(kAnswer);
    for (std::uint16_t i = 0; i < 60; ++i) {
      world.NewClient(static_cast<std::uint16_t>(1000 + i)).Syn().Ack().Says("?").Fin(kAnswer);
      world.Run(1ms);
    }
    BOOST_TEST(world.Count(Outcome::kCompleted) == 60U);
    world.target.application = Answers(kAnswer / 2);
  }
  /// Of one session with many turns, which goes on.
  void LearnFromTurns() {
    world.target.application = Answers(kAnswer);
    auto client = world.NewClient(1000);
    client.Syn().Ack();
    for (std::uint32_t i = 0; i < 60; ++i) client.Says("?", i * kAnswer);
    world.Run(1ms);
    BOOST_TEST(Target(client).received.size() == 60U);
    world.target.application = Answers(kAnswer / 2);
  }
  static std::function<void(TargetModel::Connection&)> Answers(std::size_t bytes) {
    return [bytes](TargetModel::Connection& connection) {
      if (connection.fin_received) return connection.Close();
      const bool is_new =
          static_cast<std::size_t>(connection.answered) < connection.received.size();
      connection.answered = static_cast<std::ptrdiff_t>(connection.received.size());
      if (is_new) connection.Reply(std::string(bytes, 'a'));
    };
  }
  TargetModel::Connection& Target(const ReplayWorld::Client& client) {
    return world.target.Of(client.replayed());
  }

  ReplayWorld world;
};

BOOST_FIXTURE_TEST_CASE(AnAnswerThatUsuallyIsAsLongIsWaitedForAWhile, CutOffAnswers) {
  LearnFromTurns();
  auto client = world.NewClient(5000);
  client.Syn().Ack().Says("?").Says("!", kAnswer);
  world.Run(AnswerHabit::kPatience - 1ms);
  BOOST_TEST(Target(client).received == "?");
  world.Run(50ms);
  BOOST_TEST(Target(client).received == "?!");
}

BOOST_FIXTURE_TEST_CASE(SoIsTheLastOneBeforeTheClientCloses, CutOffAnswers) {
  LearnFromEnds();
  auto client = world.NewClient(5000);
  client.Syn().Ack().Says("?").Fin(kAnswer);
  world.Run(AnswerHabit::kPatience - 1ms);
  BOOST_TEST(!Target(client).fin_received);
  world.Run(50ms);
  BOOST_TEST(Target(client).fin_received);
}

BOOST_FIXTURE_TEST_CASE(WhereAnswersHaveBecomeShorterNobodyWaitsForLong, CutOffAnswers) {
  LearnFromEnds();
  for (std::uint16_t i = 0; i < 3; ++i) {
    world.NewClient(static_cast<std::uint16_t>(4000 + i)).Syn().Ack().Says("?").Fin(kAnswer);
    world.Run(1s);
  }
  auto client = world.NewClient(5000);
  client.Syn().Ack().Says("?").Says("!", kAnswer);
  world.Run(50ms);
  BOOST_TEST(Target(client).received == "?!");
}

}  // namespace
}  // namespace tcpcopy
