#include "src/replay/session.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>

#include "src/replay/flow_table.h"
#include "src/replay/session_pool.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Answers "ok\n" to each line; closes when the client has.
void AnswerLines(TargetModel::Connection& connection) {
  const auto lines = std::count(connection.received.begin(), connection.received.end(), '\n');
  for (; connection.answered < lines; ++connection.answered) connection.Reply("ok\n");
  if (connection.fin_received) connection.Close();
}

BOOST_AUTO_TEST_CASE(ARequestItsAnswerAndTheCloseAreCompleted) {
  ReplayWorld world;
  world.target.application = AnswerLines;
  world.NewClient().Syn().Ack().Says("hello\n").Sees(3).Fin(3);
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "hello\n");
  BOOST_TEST(world.target.only().fin_received);
  BOOST_TEST(!world.target.only().reset_received);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.ledger.seen().requests_delivered == 1U);
  BOOST_TEST(world.ledger.seen().bytes_delivered == 6U);
  BOOST_TEST(world.dispatcher->Idle());
  BOOST_TEST(world.blocks.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(SynOptionsAreTheCapturedClients) {
  ReplayWorld world;
  world.NewClient().Syn();
  world.Settle();
  const TcpOptions& options = world.target.only().syn_options;
  BOOST_TEST(options.mss.value_or(0) == 1400);
  BOOST_TEST(options.window_scale.value_or(0) == 7);
  BOOST_TEST(options.sack_permitted);
  BOOST_TEST(!options.timestamps.has_value());
}

BOOST_AUTO_TEST_CASE(TheNextRequestWaitsForTheAnswerToTheOneBefore) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one\n").Says("two\n", 3);
  world.Run(5s);
  BOOST_TEST(world.target.only().received == "one\n");  // the target has not answered yet
  world.target.only().Reply("ok\n");
  world.FlushTarget(client.captured());
  world.Settle();
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(WithoutWaitingRequestsGoAsTheyWereCaptured) {
  ReplayPolicy policy;
  policy.wait_for_answers = false;
  ReplayWorld world(policy);
  world.NewClient().Syn().Ack().Says("one\n").Says("two\n", 3);
  world.Settle();
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(PipelinedRequestsGoTogether) {
  ReplayWorld world;
  world.NewClient().Syn().Ack().Says("one\n").Says("two\n").Says("three\n");
  world.Settle();
  BOOST_TEST(world.target.only().received == "one\ntwo\nthree\n");
  BOOST_TEST(world.ledger.active().requests == 1U);
}

BOOST_AUTO_TEST_CASE(AServerThatSpeaksFirstIsHeardFirst) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Sees(5).Says("USER\n", 5);
  world.Run(5s);
  BOOST_TEST(world.target.only().received.empty());
  world.target.only().Reply("220 \n");
  world.FlushTarget(client.captured());
  world.Settle();
  BOOST_TEST(world.target.only().received == "USER\n");
}

BOOST_AUTO_TEST_CASE(AShorterAnswerIsEnoughOnceTheTargetIsQuiet) {
  ReplayWorld world;
  world.target.application = AnswerLines;
  world.NewClient().Syn().Ack().Says("one\n").Says("two\n", 1000).Fin(2000);
  world.Run(AnswerGate::kMinQuiet - 1ms);
  BOOST_TEST(world.target.only().received == "one\n");
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(AClientThatResetsIsReplayedWithAReset) {
  ReplayWorld world;
  world.target.application = AnswerLines;
  world.NewClient().Syn().Ack().Says("one\n").Sees(3).Says("tw").Rst();
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "one\ntw");
  BOOST_TEST(world.target.only().reset_received);
  BOOST_TEST(!world.target.only().fin_received);
  BOOST_TEST(world.Count(Outcome::kResetByClient) == 1U);
}

BOOST_AUTO_TEST_CASE(ARefusingTargetIsAnOutcome) {
  ReplayWorld world;
  world.target.on_syn = TargetModel::OnSyn::kRefuse;
  world.NewClient().Syn().Ack().Says("one\n").Fin();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kRefusedByTarget) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kRefusedByTarget).bytes == 4U);
  BOOST_TEST(world.ledger.seen().bytes_delivered == 0U);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(AResettingTargetIsAnOutcome) {
  ReplayWorld world;
  world.target.application = [](auto& connection) {
    if (!connection.received.empty()) connection.Reset();
  };
  world.NewClient().Syn().Ack().Says("one\n").Says("two\n", 3).Fin();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kResetByTarget) == 1U);
}

BOOST_AUTO_TEST_CASE(ASynThatIsNeverAnsweredTimesOut) {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  ReplayWorld world(policy);
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  world.NewClient().Syn().Ack().Says("one\n").Fin();
  world.Run(9s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  BOOST_TEST(world.packets_sent >= 3U);  // the SYN was repeated
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 1U);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(ATargetThatNeverAnswersTimesOutAndIsReset) {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  ReplayWorld world(policy);
  world.NewClient().Syn().Ack().Says("one\n").Sees(3).Fin(3);
  world.Run(9s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 1U);
  BOOST_TEST(world.target.only().reset_received);
  BOOST_TEST(world.target.only().received == "one\n");
  BOOST_TEST(world.ledger.seen().bytes_delivered == 4U);
}

BOOST_AUTO_TEST_CASE(ATargetThatNeverAnswersAnOpenClientTimesOut) {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  ReplayWorld world(policy);
  world.NewClient().Syn().Ack().Says("one\n").Says("two\n", 3);  // all said is delivered
  world.Run(9s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 1U);
  BOOST_TEST(world.target.only().received == "one\n");
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(ASynOfAnOpenClientThatIsNeverAnsweredTimesOut) {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  ReplayWorld world(policy);
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  world.NewClient().Syn().Ack();  // has said nothing that could be undelivered
  world.Run(11s);
  BOOST_TEST(world.Count(Outcome::kTargetTimeout) == 1U);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(TheTimeoutBeginsWhenTheClientSpeaksAgain) {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  ReplayWorld world(policy);
  auto client = world.NewClient();
  client.Syn().Ack().Says("one\n");
  world.Run(30s);
  client.Sees(3).Says("two\n", 3);  // production has pushed something, the target will, too
  world.Run(5s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.target.only().Reply("ok\n");
  world.FlushTarget(client.captured());
  world.Settle();
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(AnAnswerInTimeRestartsTheTimeout) {
  ReplayPolicy policy;
  policy.answer_timeout = 10s;
  ReplayWorld world(policy);
  auto client = world.NewClient();
  client.Syn().Ack().Says("one\n").Says("two\n", 30);
  for (int i = 0; i < 4; ++i) {
    world.Run(4s);
    world.target.only().Reply("..........");
    world.FlushTarget(client.captured());
  }
  world.Settle();
  BOOST_TEST(world.ledger.active().sessions == 1U);
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
}

BOOST_AUTO_TEST_CASE(ACaptureThatEndsEarlyIsDeliveredAndClosed) {
  ReplayWorld world;
  world.target.application = AnswerLines;
  world.NewClient().Syn().Ack().Says("one\n").Sees(3).Says("two\n", 3);
  world.dispatcher->OnCaptureEnd();
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "one\ntwo\n");
  BOOST_TEST(world.target.only().fin_received);
  BOOST_TEST(world.Count(Outcome::kCaptureEnded) == 1U);
}

BOOST_AUTO_TEST_CASE(AHalfClosedTargetMayGoOnAnswering) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one\n").Fin();
  world.Settle();
  for (int i = 0; i < 5; ++i) {
    world.Run(50s);  // each pause is shorter than the linger
    BOOST_TEST(world.ledger.active().sessions == 1U);
    world.target.only().Reply("more");
    world.FlushTarget(client.captured());
    world.Settle();
  }
  world.target.only().Close();
  world.FlushTarget(client.captured());
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(!world.target.only().reset_received);
}

BOOST_AUTO_TEST_CASE(ATargetThatStaysHalfClosedIsLeftAfterTheLinger) {
  ReplayWorld world;
  world.NewClient().Syn().Ack().Says("one\n").Fin();
  world.Run(59s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.target.only().reset_received);
}

BOOST_AUTO_TEST_CASE(ATargetThatClosesFirstIsAnswered) {
  ReplayWorld world;
  world.target.application = [](auto& connection) {
    if (connection.received == "one\n" && !connection.fin_sent) {
      connection.Reply("ok\n");
      connection.Close();
    }
  };
  world.NewClient().Syn().Ack().Says("one\n").Sees(4).Fin(4);
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.target.only().fin_received);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(ALongUploadArrivesWhileItIsCaptured) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack();
  std::string all;
  for (int i = 0; i < 300; ++i) {
    const std::string part(5000, static_cast<char>('a' + i % 26));
    client.Says(part);
    all += part;
    if (i % 50 == 0) world.Settle();
  }
  client.Fin();
  world.Run(10s);
  BOOST_TEST((world.target.only().received == all));
  BOOST_TEST(world.ledger.seen().requests == 1U);
}

BOOST_AUTO_TEST_CASE(AnIdleClientIsGivenUpAtLast) {
  ReplayPolicy policy;
  policy.idle_timeout = 100s;
  ReplayWorld world(policy);
  world.target.application = AnswerLines;
  world.NewClient().Syn().Ack().Says("one\n");
  world.Run(99s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCaptureEnded) == 1U);
}

BOOST_AUTO_TEST_CASE(AClientThatProductionRefusedIsGivenUpSoon) {
  ReplayWorld world;
  world.target.application = AnswerLines;
  world.NewClient().Syn();
  world.NewClient(40001).Syn().Ack();
  world.Run(59s);
  BOOST_TEST(world.ledger.active().sessions == 2U);
  world.Run(2s);
  BOOST_TEST(world.Count(Outcome::kCaptureEnded) == 1U);
  BOOST_TEST(world.ledger.active().sessions == 1U);  // an idle client is no dead one
}

BOOST_AUTO_TEST_CASE(WithoutAFreeSlotASessionWaitsAndGoesOn) {
  ReplayWorld world;
  world.target.application = AnswerLines;
  world.free_slots = 0;
  world.NewClient().Syn().Ack().Says("one\n").Fin(3);
  world.Settle();
  BOOST_TEST(world.packets_sent == 0U);
  world.GiveSlots(1);
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(OverlapsThatDifferAreCountedWhileTheirBytesAreHeld) {
  ReplayWorld world;
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  auto client = world.NewClient();
  client.Syn().Ack().Says("hello").At(0).Says("hexxo");
  BOOST_TEST(world.ledger.conflicting_segments() == 1U);
  BOOST_TEST(world.ledger.conflicting_bytes() == 2U);
  world.target.on_syn = TargetModel::OnSyn::kAccept;
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "hello");
  client.At(0).Says("xxxxx");  // acknowledged: there is nothing left to compare with
  BOOST_TEST(world.ledger.conflicting_segments() == 1U);
}

BOOST_AUTO_TEST_CASE(NoMemoryForItsBytesEndsTheSessionOnly) {
  ReplayWorld world({}, 4 * BlockPool::kBlockBytes);
  world.target.application = AnswerLines;
  auto big = world.NewClient(40001);
  big.Syn().Ack();
  for (int i = 0; i < 10; ++i) big.Says(std::string(2000, 'x'));
  world.Settle();
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 1U);
  world.NewClient(40002).Syn().Ack().Says("one\n").Fin(3);
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
  BOOST_TEST(world.blocks.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(TheStorysFrameLeavesAQuarterOfItsRoom) {
  ReplayWorld world;
  world.NewClient().Syn();
  BOOST_TEST_MESSAGE("frame " << Session::frame_size() << " of " << Session::kFrameRoom
                              << " bytes, session " << sizeof(Session));
  BOOST_TEST(Session::frame_size() > 0U);
  BOOST_TEST(Session::frame_size() * 4 <= Session::kFrameRoom * 3);
}

BOOST_AUTO_TEST_CASE(AnIdleSessionTakesLessThanAKibibyte) {
  BOOST_TEST_MESSAGE("session " << sizeof(Session) << ", connection " << sizeof(TcpConnection)
                                << ", client " << sizeof(ClientStream) << ", its places in tables "
                                << FlowTable::kBytesAFlow);
  BOOST_TEST(SessionPool::kBytesASession + FlowTable::kBytesAFlow <= 1030U);
}

}  // namespace
}  // namespace tcpcopy
