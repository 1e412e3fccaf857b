#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

// Client bytes that the capture does not hold: a session waits for them for a bounded time, because
// they may come late, and then ends as `capture gap`. Nothing is ever sent in their place.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Not before the time for missing bytes is over, the session ends as `capture gap`; by then the
/// target has `received`, and at the end it is reset.
void ExpectGap(ReplayWorld& world, const std::string& received) {
  world.Run(9s);
  BOOST_TEST(world.ledger.active().sessions == 1U);
  world.Run(4s);
  BOOST_TEST(world.Count(Outcome::kCaptureGap) == 1U);
  BOOST_TEST(world.target.only().received == received);
  BOOST_TEST(world.target.only().reset_received);
  BOOST_TEST(!world.target.only().fin_received);
  BOOST_TEST(world.dispatcher->Idle());
  BOOST_TEST(world.blocks.in_use() == 0U);
}

void AnswerAndClose(TargetModel::Connection& connection) {
  if (!connection.received.empty() && connection.answered == 0) {
    connection.Reply("ok\n");
    connection.answered = 1;
  }
  if (connection.fin_received) connection.Close();
}

BOOST_AUTO_TEST_CASE(AGapInTheMiddleOfTheFirstRequest) {
  ReplayWorld world;
  world.NewClient().Syn().Ack().Says("one").Misses(3).Says("three").Fin();
  ExpectGap(world, "one");
}

BOOST_AUTO_TEST_CASE(AGapAtTheVeryBeginning) {
  ReplayWorld world;
  world.NewClient().Syn().Ack().Misses(3).Says("three").Fin();
  ExpectGap(world, "");
}

BOOST_AUTO_TEST_CASE(AGapBetweenRequests) {
  ReplayWorld world;
  world.target.application = AnswerAndClose;
  world.NewClient().Syn().Ack().Says("one").Sees(3).Misses(3).Says("three", 6).Fin(9);
  ExpectGap(world, "one");
}

BOOST_AUTO_TEST_CASE(AGapBeforeTheFin) {
  ReplayWorld world;
  world.target.application = AnswerAndClose;
  world.NewClient().Syn().Ack().Says("one").Sees(3).Misses(3).Fin(6);
  ExpectGap(world, "one");
}

BOOST_AUTO_TEST_CASE(AGapBeforeTheReset) {
  ReplayWorld world;
  world.target.application = AnswerAndClose;
  world.NewClient().Syn().Ack().Says("one").Sees(3).Misses(3).Rst();
  ExpectGap(world, "one");
}

BOOST_AUTO_TEST_CASE(AGapAtTheEndThatOnlyTheClientsLastAckShows) {
  ReplayWorld world;
  world.target.application = AnswerAndClose;
  world.NewClient().Syn().Ack().Says("one").Sees(3).Misses(3).Sees(6);
  ExpectGap(world, "one");
}

BOOST_AUTO_TEST_CASE(AGapWhoseBytesComeLateAsARetransmission) {
  ReplayWorld world;
  world.target.application = AnswerAndClose;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one").Misses(3).Says("three").Fin();
  world.Run(9s);
  BOOST_TEST(world.target.only().received == "one");
  client.At(3).Says("two");
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "onetwothree");
  BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
}

BOOST_AUTO_TEST_CASE(AGapBeforeAResetWhoseBytesComeLate) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one").Misses(3).Rst();
  world.Run(5s);
  client.At(3).Says("two");
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "onetwo");
  BOOST_TEST(world.Count(Outcome::kResetByClient) == 1U);
}

BOOST_AUTO_TEST_CASE(AHoleWithMoreBehindItThanCanBeHeld) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one").Misses(3);
  for (int i = 0; i < 100; ++i) client.Says(std::string(60'000, 'x'));
  BOOST_TEST(world.blocks.in_use() <= HeldSegments::kMaxPieces + 1);
  ExpectGap(world, "one");
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 0U);
}

BOOST_AUTO_TEST_CASE(ManyShortGapsAreNoLongOne) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().At(2).Says("34");
  for (std::uint32_t at = 0; at < 20; at += 4) {
    world.Run(9s);
    client.At(at).Says("12").At(at + 6).Says("34");  // fills the hole and leaves the next one
  }
  world.Settle();
  BOOST_TEST(world.target.only().received == "12341234123412341234");
}

BOOST_AUTO_TEST_CASE(AGapAtTheEndOfAFileIsNotWaitedFor) {
  ReplayWorld world;
  world.NewClient().Syn().Ack().Says("one").Misses(3).Says("three").Fin();
  world.dispatcher->OnCaptureEnd();
  world.Run(100ms);
  BOOST_TEST(world.Count(Outcome::kCaptureGap) == 1U);
  BOOST_TEST(world.target.only().received == "one");
}

BOOST_AUTO_TEST_CASE(AnAnswerToARequestWithAGapIsNotWaitedFor) {
  for (const Duration answer_timeout : {600s, 1s}) {
    ReplayPolicy policy;
    policy.answer_timeout = answer_timeout;
    ReplayWorld world(policy);
    world.NewClient().Syn().Ack().Says("one").Misses(3).Says("three", 3).Fin(6);
    world.dispatcher->OnCaptureEnd();
    world.Run(3s);
    BOOST_TEST(world.Count(Outcome::kCaptureGap) == 1U);
    BOOST_TEST(world.target.only().received == "one");
  }
}

/// A capture that loses replies under load, or a path that does: the target sends them again, but
/// may need seconds for it.
BOOST_AUTO_TEST_CASE(AnAnswerOfWhichPartIsMissingIsWaitedFor) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Says("one").Says("two", 3000);
  world.Settle();
  world.target.only().Reply("ok");
  world.FlushTarget(client.captured());
  world.Settle();
  TcpSegment later;  // its FIN, 50 bytes on
  later.seq = SeqNum(world.target.only().snd_nxt + 50);
  later.ack = SeqNum(world.target.only().rcv_nxt);
  later.window = 65535;
  later.flags.bits = TcpFlags::kAck | TcpFlags::kFin;
  FlowKey session = client.captured();
  session.peer = {*IpAddress::Parse("10.0.0.2"), 8080};
  world.BringReply(session.Reversed(), later, 0);
  world.Run(10s);
  BOOST_TEST(world.target.only().received == "one");
  world.target.only().Reply(std::string(50, 'a'));
  world.FlushTarget(client.captured());
  world.Run(1s);
  BOOST_TEST(world.target.only().received == "onetwo");
}

}  // namespace
}  // namespace tcpcopy
