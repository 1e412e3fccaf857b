#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

// What clients really send and captures really show, beside the textbook's exchange: the target
// gets each byte once, and the session the end that the client gave it.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

void CloseAtFin(TargetModel::Connection& connection) {
  if (connection.fin_received) connection.Close();
}

/// The one session there is has ended as `outcome`, all its `bytes` delivered, and nothing is left.
void ExpectEnd(const ReplayWorld& world, Outcome outcome, std::uint64_t bytes) {
  BOOST_TEST(world.Count(outcome) == 1U);
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.ledger.seen().bytes == bytes);
  BOOST_TEST(world.ledger.seen().bytes_delivered == bytes);
  BOOST_TEST(world.ledger.conflicting_bytes() == 0U);
  BOOST_TEST(world.ledger.Reconciles());
  BOOST_TEST(world.dispatcher->Idle());
  BOOST_TEST(world.blocks.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(SimultaneousFin) {
  ReplayWorld world;
  world.target.application = [](TargetModel::Connection& connection) {
    if (!connection.received.empty()) connection.Close();  // does not wait for the client's FIN
  };
  // Production's FIN crossed the client's: it is acknowledged behind it.
  world.NewClient().Syn().Ack().Says("bye").Fin().Sees(1);
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "bye");
  BOOST_TEST(world.target.only().fin_received);
  BOOST_TEST(!world.target.only().reset_received);
  ExpectEnd(world, Outcome::kCompleted, 3);
}

BOOST_AUTO_TEST_CASE(FinRetransmitted) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  world.NewClient().Syn().Ack().Says("bye").Fin().At(3).Fin().At(3).Fin();
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "bye");
  ExpectEnd(world, Outcome::kCompleted, 3);
}

BOOST_AUTO_TEST_CASE(FinRetransmittedWithTheLastBytes) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  auto client = world.NewClient();
  client.Syn().Ack().Says("good").Says("bye").Fin();
  client.At(4).Segment(TcpFlags::kFin | TcpFlags::kAck, "bye");
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "goodbye");
  ExpectEnd(world, Outcome::kCompleted, 7);
}

BOOST_AUTO_TEST_CASE(WindowProbeByteSentAgain) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  // Production's window was closed: probes of the next byte, the last of which it took.
  world.NewClient()
      .Syn()
      .Ack()
      .Says("abc")
      .Says("d")
      .At(3)
      .Says("d")
      .At(3)
      .Says("d")
      .At(3)
      .Says("def")
      .Fin();
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "abcdef");
  ExpectEnd(world, Outcome::kCompleted, 6);
}

BOOST_AUTO_TEST_CASE(UrgentDataStaysInTheStream) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  auto client = world.NewClient();
  client.Syn().Ack().Says("ab");
  client.Segment(TcpFlags::kAck | TcpFlags::kUrg | TcpFlags::kPsh, "!").Says("cd").Fin();
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "ab!cd");
  ExpectEnd(world, Outcome::kCompleted, 5);
}

BOOST_AUTO_TEST_CASE(TheTextOfAResetIsNoneOfTheStreams) {
  ReplayWorld world;
  auto client = world.NewClient();
  client.Syn().Ack().Says("abc");
  client.Segment(TcpFlags::kRst | TcpFlags::kAck, "why it was reset");  // RFC 9293 3.5.3
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "abc");
  BOOST_TEST(world.target.only().reset_received);
  ExpectEnd(world, Outcome::kResetByClient, 3);
}

BOOST_AUTO_TEST_CASE(ResetAfterFin) {
  ReplayWorld world;
  world.NewClient().Syn().Ack().Says("abc").Fin().Rst();
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "abc");
  BOOST_TEST(world.target.only().fin_received);
  BOOST_TEST(world.target.only().reset_received);
  ExpectEnd(world, Outcome::kCompleted, 3);
}

BOOST_AUTO_TEST_CASE(SegmentAsLargeAsOffloadMakesIt) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  std::string text(65'000, '.');
  for (std::size_t i = 0; i < text.size(); ++i) text[i] = static_cast<char>(i % 251);
  world.NewClient().Syn().Ack().Says(text).Fin();
  world.Run(2s);
  BOOST_TEST((world.target.only().received == text));
  BOOST_TEST(world.packets_sent > text.size() / 1400);  // in segments that the path takes
  ExpectEnd(world, Outcome::kCompleted, text.size());
}

BOOST_AUTO_TEST_CASE(DataOnTheSynSentAgainAfterTheHandshake) {
  ReplayWorld world;
  world.target.application = CloseAtFin;
  auto client = world.NewClient();
  client.Segment(TcpFlags::kSyn, "early ").Ack();
  client.At(0).Says("early ").Says("bird").Fin();  // production had not taken it
  world.Run(2s);
  BOOST_TEST(world.target.only().received == "early bird");
  ExpectEnd(world, Outcome::kCompleted, 10);
}

}  // namespace
}  // namespace tcpcopy
