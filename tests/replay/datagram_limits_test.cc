#include <boost/test/unit_test.hpp>

#include "src/replay/datagram_replay.h"
#include "tests/replay/datagram_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using testing::DatagramWorld;

ReplayPolicy With(const std::function<void(ReplayPolicy&)>& change) {
  ReplayPolicy policy;
  policy.answer_timeout = 5s;
  policy.idle_timeout = 30s;
  change(policy);
  return policy;
}

BOOST_AUTO_TEST_CASE(TheCopiesOfASessionThatIsLeftOutAreRememberedOnce) {
  DatagramWorld world({}, With([](ReplayPolicy& p) {
                        p.copies = 1000;
                        p.remembered_flows = 4;
                        p.admission.sample_percent = 0;
                      }));
  for (int i = 0; i < 10; ++i) {
    for (std::uint16_t port = 4000; port < 4003; ++port) world.Says(port, "query");
  }
  BOOST_TEST(world.ledger.seen().sessions == 3000U);
  BOOST_TEST(world.Count(Outcome::kLeftOutBySampling) == 3000U);
  BOOST_TEST(world.ledger.Of(Outcome::kLeftOutBySampling).requests == 30'000U);
  BOOST_TEST(world.ledger.Of(Outcome::kLeftOutBySampling).bytes == 150'000U);
  BOOST_TEST_REQUIRE(world.ends.size() == 3U);
  BOOST_TEST(world.ends[0].totals.sessions == 1000U);
}

BOOST_AUTO_TEST_CASE(TheCopiesOfASessionTooManyAreRememberedOnce) {
  DatagramWorld world({}, With([](ReplayPolicy& p) {
                        p.copies = 4;
                        p.session_limit = 6;
                        p.remembered_flows = 4;
                      }));
  for (int i = 0; i < 3; ++i) {
    for (std::uint16_t port = 4000; port < 4003; ++port) world.Says(port, "query");
  }
  BOOST_TEST(world.arrived.size() == 3 * 6U);
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 6U);
  BOOST_TEST(world.ledger.Of(Outcome::kTooManySessions).requests == 18U);
}

/// The first copy had to make room, and may not come again; the second goes on.
BOOST_AUTO_TEST_CASE(ACopyThatGoesOnHasItsOwnFateWhenTheFirstIsLeftOut) {
  DatagramWorld world({.ports = {2000, 2001, 2002}}, With([](ReplayPolicy& p) {
                        p.copies = 2;
                        p.admission.rate = 3;
                      }));
  world.Says(4000, "a");
  world.Run(1s);
  world.Says(4001, "b");
  BOOST_TEST(world.ledger.datagrams().made_room == 1U);
  world.Says(4000, "c");
  world.Says(4000, "d");
  BOOST_TEST(world.arrived.size() == 6U);
  BOOST_TEST(world.Payloads().back() == "d");
  BOOST_TEST(world.Count(Outcome::kLeftOutByRate) == 1U);
  BOOST_TEST(world.ledger.Of(Outcome::kLeftOutByRate).requests == 2U);
}

BOOST_AUTO_TEST_CASE(AtTheLimitAFileWaitsForSessionsThatEndByThemselves) {
  DatagramWorld world({}, With([](ReplayPolicy& p) { p.session_limit = 2; }));
  world.Says(4000, "a");
  world.Says(4001, "b");
  world.captured_at += 20s;
  world.Says(4001, "c");
  BOOST_TEST(world.replay->MayRead());  // both clients may speak on
  world.captured_at += 20s;
  world.Says(4001, "d");  // the other has been silent for long
  BOOST_TEST(!world.replay->MayRead());
  BOOST_TEST(world.woken == 0U);
  world.Run(5s);
  BOOST_TEST(world.replay->MayRead());
  BOOST_TEST(world.woken == 1U);
  world.Says(4002, "e");
  BOOST_TEST(world.Payloads().back() == "e");
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 0U);
}

BOOST_AUTO_TEST_CASE(AtTheLimitTheNextRoundWaitsForTheLastOne) {
  DatagramWorld world({}, With([](ReplayPolicy& p) {
                        p.session_limit = 5;
                        p.copies = 2;
                      }));
  for (int round = 0; round < 3; ++round) {
    BOOST_TEST(world.replay->MayRead());
    for (std::uint16_t port = 4000; port < 4002; ++port) world.Says(port, "x");
    world.replay->BeginRound();
    BOOST_TEST(!world.replay->MayRead());
    world.Run(5s);
  }
  BOOST_TEST(world.arrived.size() == 12U);
  BOOST_TEST(world.Count(Outcome::kTooManySessions) == 0U);
}

}  // namespace
}  // namespace tcpcopy
