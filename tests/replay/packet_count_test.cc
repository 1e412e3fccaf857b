#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

// An ACK rides on the next segment wherever that leaves in time: a packet that need not be sent is
// the cheapest one.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

BOOST_AUTO_TEST_CASE(AShortConnectionCostsThreeOrFourPackets) {
  struct Case {
    bool live;           // as it happens; else all of the client was captured before
    bool target_closes;  // first
    std::uint64_t packets;
  };
  for (const Case& c :
       {Case{false, true, 3}, {false, false, 4}, {true, true, 3}, {true, false, 4}}) {
    ReplayPolicy policy;
    policy.tcp.handshake_ack_wait = 5ms;
    ReplayWorld world(policy);
    world.target.application = [&](TargetModel::Connection& connection) {
      if (connection.answered == 0 && !connection.received.empty()) {
        connection.Reply(std::string(200, 'a'));
        connection.answered = 1;
        if (c.target_closes) connection.Close();
      }
      if (connection.fin_received) connection.Close();
    };
    const auto pass = [&] { c.live ? world.Run(2ms) : void(); };
    const std::uint32_t closed = c.target_closes ? 1 : 0;
    auto client = world.NewClient();
    client.Syn();
    pass();
    client.Ack().Says("GET / HTTP/1.0\r\n\r\n");
    pass();
    client.Sees(200 + closed).Fin(200 + closed);
    world.Run(3s);
    BOOST_TEST_CONTEXT("live " << c.live << ", target closes " << c.target_closes) {
      BOOST_TEST(world.packets_sent == c.packets);
      BOOST_TEST(world.Count(Outcome::kCompleted) == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(TheHandshakesAckLeavesWithoutARequest) {
  ReplayPolicy policy;
  policy.tcp.handshake_ack_wait = 5ms;
  ReplayWorld world(policy);
  world.NewClient().Syn().Ack();
  world.Run(4ms);
  BOOST_TEST(world.packets_sent == 1U);
  world.Run(1ms);
  BOOST_TEST(world.packets_sent == 2U);
}

}  // namespace
}  // namespace tcpcopy
