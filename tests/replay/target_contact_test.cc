#include "src/replay/target_contact.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/datagram_world.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using testing::DatagramWorld;

BOOST_AUTO_TEST_CASE(WhoWasNotAskedIsNotSilent) {
  BOOST_TEST(!TargetContact{}.IsSilent());
  BOOST_TEST(TargetContact{.was_asked = true}.IsSilent());
  BOOST_TEST(!(TargetContact{.was_asked = true, .has_spoken = true}.IsSilent()));
}

BOOST_AUTO_TEST_CASE(ASessionThatIsRefusedIsContact) {
  ReplayWorld world;
  BOOST_TEST(world.dispatcher->contacts().empty());
  world.target.on_syn = TargetModel::OnSyn::kRefuse;
  world.NewClient().Syn();
  BOOST_TEST_REQUIRE(world.dispatcher->contacts().size() == 1U);
  const TargetContact& contact = world.dispatcher->contacts().begin()->second;
  BOOST_TEST(contact.IsSilent());
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kRefusedByTarget) == 1U);
  BOOST_TEST(contact.was_asked);
  BOOST_TEST(contact.has_spoken);
}

BOOST_AUTO_TEST_CASE(ASessionThatHearsNothingIsNone) {
  ReplayWorld world;
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  world.NewClient().Syn();
  world.Run(1s);
  BOOST_TEST(world.dispatcher->contacts().begin()->second.IsSilent());
}

BOOST_AUTO_TEST_CASE(AnAnswerToADatagramIsContactAndSoIsARefusal) {
  for (const bool refuses : {false, true}) {
    DatagramWorld world({}, ReplayPolicy());
    BOOST_TEST(world.replay->contacts().empty());
    world.Says(4000, "a");
    BOOST_TEST_REQUIRE(world.replay->contacts().size() == 1U);
    const TargetContact& contact = world.replay->contacts().begin()->second;
    BOOST_TEST(contact.IsSilent());
    if (refuses) {
      world.Refuses(0);
    } else {
      world.Answers(0);
    }
    BOOST_TEST(contact.has_spoken);
  }
}

/// It may be the wrong one that frames go to.
BOOST_AUTO_TEST_CASE(ARoutersComplaintIsNoContact) {
  DatagramWorld world({}, ReplayPolicy());
  world.Says(4000, "a");
  world.Refuses(0, IpAddress::V4(0x0a000001));
  BOOST_TEST(world.ledger.datagrams().unreachable == 1U);
  BOOST_TEST(world.replay->contacts().begin()->second.IsSilent());
}

BOOST_AUTO_TEST_CASE(ADatagramThatIsNotSentAsksNobody) {
  DatagramWorld world({}, ReplayPolicy());
  const FlowKey flow{{IpAddress::V4(0xc0000201), 4000}, {IpAddress::V4(0xc6336401), 53}};
  world.Capture(testing::DatagramPacket(flow, std::string(500, 'x')), 100);  // cut
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.arrived.empty());
  BOOST_TEST(world.replay->contacts().empty());
}

}  // namespace
}  // namespace tcpcopy
