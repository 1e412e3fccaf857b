#include "src/intercept/wanted_replies.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Endpoints = std::vector<Endpoint>;

constexpr Instant kStart{};
constexpr Duration kLinger = WantedReplies::kLinger;

Endpoint Target(std::uint16_t port) { return {IpAddress::V4(0x0a000002), port}; }

BOOST_AUTO_TEST_CASE(TargetsOfAllPeersAreWanted) {
  WantedReplies wanted({});
  BOOST_TEST(wanted.AddPeer(1, 0));
  BOOST_TEST(!wanted.AddPeer(2, 0));
  BOOST_TEST(wanted.AddTargets(1, Endpoints{Target(81), Target(80)}));
  BOOST_TEST(!wanted.AddTargets(2, Endpoints{Target(80)}));
  BOOST_TEST(wanted.AddTargets(2, Endpoints{Target(80), Target(79)}));
  BOOST_TEST((wanted.targets() == Endpoints{Target(79), Target(80), Target(81)}));
}

BOOST_AUTO_TEST_CASE(ATargetLingersWhenItsLastPeerHasGone) {
  WantedReplies wanted({});
  wanted.AddPeer(1, 0);
  wanted.AddPeer(2, 0);
  wanted.AddTargets(1, Endpoints{Target(80), Target(81)});
  wanted.AddTargets(2, Endpoints{Target(80)});
  BOOST_TEST(!wanted.RemovePeer(1, kStart));
  BOOST_TEST((wanted.NextChange() == kStart + kLinger));
  BOOST_TEST(!wanted.Forget(kStart + kLinger - Duration(1)));
  BOOST_TEST(wanted.targets().size() == 2U);
  BOOST_TEST(wanted.Forget(kStart + kLinger));
  BOOST_TEST((wanted.targets() == Endpoints{Target(80)}));
  BOOST_TEST((wanted.NextChange() == kNever));
}

BOOST_AUTO_TEST_CASE(OneWhoComesBackInTimeChangesNothing) {
  WantedReplies wanted({});
  wanted.AddPeer(1, 0);
  wanted.AddTargets(1, Endpoints{Target(80)});
  BOOST_TEST(wanted.RemovePeer(1, kStart));  // nobody is left
  BOOST_TEST(!wanted.anyone());
  BOOST_TEST(wanted.AddPeer(2, 0));
  BOOST_TEST(!wanted.AddTargets(2, Endpoints{Target(80)}));
  BOOST_TEST(!wanted.Forget(kStart + 2 * kLinger));
  BOOST_TEST((wanted.targets() == Endpoints{Target(80)}));
}

BOOST_AUTO_TEST_CASE(ThePeerThatWantsTheMostPayloadDecides) {
  WantedReplies wanted({});
  BOOST_TEST(wanted.payload_bytes() == 0U);
  BOOST_TEST(wanted.AddPeer(1, 100));
  BOOST_TEST(wanted.AddPeer(2, kWholePayload));
  BOOST_TEST(!wanted.AddPeer(3, 7));
  BOOST_TEST(wanted.payload_bytes() == kWholePayload);
  BOOST_TEST(wanted.RemovePeer(2, kStart));
  BOOST_TEST(wanted.payload_bytes() == 100U);
  BOOST_TEST(!wanted.RemovePeer(3, kStart));
  BOOST_TEST(!wanted.RemovePeer(3, kStart));
}

BOOST_AUTO_TEST_CASE(WhatTheUserNamesIsAll) {
  WantedReplies wanted({Target(8080)});
  BOOST_TEST(wanted.targets().empty());
  BOOST_TEST(wanted.AddPeer(1, 0));
  BOOST_TEST(!wanted.AddTargets(1, Endpoints{Target(80)}));
  BOOST_TEST((wanted.targets() == Endpoints{Target(8080)}));
  BOOST_TEST(wanted.RemovePeer(1, kStart));
  BOOST_TEST(wanted.Forget(kStart + kLinger));
  BOOST_TEST(wanted.targets().empty());
}

BOOST_AUTO_TEST_CASE(ThereIsABound) {
  WantedReplies wanted({});
  wanted.AddPeer(1, 0);
  for (std::uint32_t i = 0; i < WantedReplies::kMaxTargets + 5; ++i) {
    const bool fits = i < WantedReplies::kMaxTargets;
    BOOST_TEST(wanted.AddTargets(1, Endpoints{{IpAddress::V4(i), 80}}) == fits);
  }
  BOOST_TEST(wanted.targets().size() == WantedReplies::kMaxTargets);
}

}  // namespace
}  // namespace tcpcopy
