#include <boost/test/unit_test.hpp>

#include "netstack/wire/seq_num.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

void CloseWithTheClient(TargetModel::Connection& connection) {
  if (connection.fin_received) connection.Close();
}

/// RFC 1122 4.2.2.13: a target in TIME-WAIT takes a SYN beyond all that it has had. Without that,
/// the clock of RFC 6528 would be overtaken by an upload of more than 250 kB a second.
BOOST_AUTO_TEST_CASE(ASynOnAUsedTupleLiesBeyondAllThatWasSentOnIt) {
  ReplayWorld world;
  world.target.application = CloseWithTheClient;
  auto first = world.NewClient(40'000, 1000);
  first.Syn().Ack();
  for (int i = 0; i < 40; ++i) first.Says(std::string(50'000, 'x'));
  first.Fin();
  world.Run(2s);
  BOOST_TEST_REQUIRE(world.Count(Outcome::kCompleted) == 1U);
  const SeqNum end(world.target.only().rcv_nxt);
  world.NewClient(40'000, 9000).Syn().Ack();
  world.Settle();
  BOOST_TEST(world.target.only().received.empty());
  const SeqNum iss(world.target.only().rcv_nxt - 1);
  BOOST_TEST((iss > end));
  BOOST_TEST((iss - end < 1'000'000));
}

BOOST_AUTO_TEST_CASE(ASynThatWaitedInLineDoesTheSame) {
  ReplayWorld world;
  world.target.application = CloseWithTheClient;
  auto first = world.NewClient(40'000, 1000);
  first.Syn().Ack();
  for (int i = 0; i < 40; ++i) first.Says(std::string(50'000, 'x'));
  first.Fin();
  world.NewClient(40'000, 9000).Syn().Ack();  // the first is not over yet
  world.Settle();
  const SeqNum end(world.target.only().rcv_nxt);
  world.Run(2s);
  BOOST_TEST(world.target.only().received.empty());
  BOOST_TEST((SeqNum(world.target.only().rcv_nxt - 1) > end));
}

}  // namespace
}  // namespace tcpcopy
