#include "src/diagnosis/observation.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(KindsHaveNamesAndNamesHaveKinds) {
  for (const PacketKind kind :
       {PacketKind::kSyn, PacketKind::kSynAck, PacketKind::kClientReset, PacketKind::kTargetReset,
        PacketKind::kUnreachable, PacketKind::kNoWayToClient}) {
    BOOST_TEST((ParsePacketKind(ToString(kind)) == kind));
  }
  BOOST_TEST(!ParsePacketKind("fin"));
  BOOST_TEST(!ParsePacketKind(""));
}

BOOST_AUTO_TEST_CASE(TellsWhichWayPacketsWent) {
  Observation seen;
  seen.sightings = {{PacketKind::kSyn, false, "a"},
                    {PacketKind::kSyn, true, "b"},
                    {PacketKind::kSynAck, true, "a"}};
  BOOST_TEST(seen.Came(PacketKind::kSyn));
  BOOST_TEST(seen.Left(PacketKind::kSyn));
  BOOST_TEST(seen.Forwarded(PacketKind::kSyn));
  BOOST_TEST(!seen.Came(PacketKind::kSynAck));
  BOOST_TEST(seen.Left(PacketKind::kSynAck));
  BOOST_TEST(!seen.Forwarded(PacketKind::kSynAck));
  BOOST_TEST(seen.Find(PacketKind::kSyn, true)->interface == "b");
}

BOOST_AUTO_TEST_CASE(WhatOurOwnTablesTakeIsNotEaten) {
  Observation seen;
  seen.verdicts = {{PacketKind::kSynAck, "prerouting", "inet", "tcpcopy_12", "guard", "drop"},
                   {PacketKind::kSynAck, "output", "ip", "mangle", "tcpcopy_9", "queue", true}};
  BOOST_TEST(seen.Eaten(PacketKind::kSynAck) == nullptr);
  seen.verdicts.push_back({PacketKind::kSynAck, "input", "ip", "filter", "INPUT", "drop"});
  BOOST_TEST_REQUIRE(seen.Eaten(PacketKind::kSynAck) != nullptr);
  BOOST_TEST(seen.Eaten(PacketKind::kSynAck)->table == "filter");
  BOOST_TEST(seen.Eaten(PacketKind::kSyn) == nullptr);
}

BOOST_AUTO_TEST_CASE(KnowsItsOwnAddresses) {
  Observation seen;
  seen.addresses = {{"eth0", *IpAddress::Parse("10.0.0.1"), 24}};
  BOOST_TEST(seen.Has(*IpAddress::Parse("10.0.0.1")));
  BOOST_TEST(seen.Has(*IpAddress::Parse("127.9.9.9")));
  BOOST_TEST(!seen.Has(*IpAddress::Parse("10.0.0.2")));
}

BOOST_AUTO_TEST_CASE(KnowsWhatWasReachedAndCounted) {
  Observation seen;
  seen.reached[PacketKind::kSyn] = {"prerouting", "input"};
  BOOST_TEST(seen.Reached(PacketKind::kSyn, "input"));
  BOOST_TEST(!seen.Reached(PacketKind::kSyn, "output"));
  BOOST_TEST(!seen.Reached(PacketKind::kSynAck, "input"));
  seen.counters["IpOutNoRoutes"] = 2;
  BOOST_TEST(seen.Grown("IpOutNoRoutes") == 2);
  BOOST_TEST(seen.Grown("IpInNoRoutes") == 0);
}

}  // namespace
}  // namespace tcpcopy
