#include "netstack/wire/datagram_view.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

const WantedDatagrams kAny = [](const FlowKey&) { return true; };
const WantedDatagrams kNone = [](const FlowKey&) { return false; };

FlowKey Flow(bool v4, std::uint16_t port) {
  return {{*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000},
          {*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), port}};
}

Bytes Datagram(const FlowKey& flow, const Bytes& payload) {
  Bytes packet(DatagramHeaderLength(flow.local.address.family()));
  packet.insert(packet.end(), payload.begin(), payload.end());
  BuildDatagram(flow, 1, packet);
  return packet;
}

/// `packet` as VXLAN carries it: behind 8 bytes of its own and an Ethernet header.
Bytes InVxlan(const Bytes& packet, bool v4) {
  Bytes inside{8, 0, 0, 0, 0, 0, 7, 0, 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 0x08, 0x00};
  if (!v4) StoreBe16(&inside[20], 0x86DD);
  inside.insert(inside.end(), packet.begin(), packet.end());
  return Datagram(Flow(true, 4789), inside);
}

Result<DatagramView, ParseError> Parse(const Bytes& packet, const WantedDatagrams& wanted) {
  ConstBytes fragment;
  return ParseDatagram({LinkType::kRawIp, packet, packet.size()}, wanted, fragment);
}

BOOST_AUTO_TEST_CASE(BothFamilies) {
  for (const bool v4 : {true, false}) {
    const Bytes packet = Datagram(Flow(v4, 53), {1, 2, 3});
    for (const WantedDatagrams& wanted : {kAny, kNone}) {
      const auto view = Parse(packet, wanted);
      BOOST_REQUIRE(view.has_value());
      BOOST_TEST((view->flow == Flow(v4, 53)));
      BOOST_TEST(view->payload.size() == 3U);
      BOOST_TEST(view->payload_length == 3U);
    }
  }
}

BOOST_AUTO_TEST_CASE(OfDatagramsInEachOtherTheOutermostWantedOneCounts) {
  const Bytes inner = Datagram(Flow(false, 53), {1, 2, 3});
  const Bytes outer = InVxlan(inner, false);
  BOOST_TEST(Parse(outer, kAny)->flow.peer.port == 4789);
  BOOST_TEST(Parse(outer, kNone)->flow.peer.port == 53);
  const auto inside = [](const FlowKey& flow) { return flow.peer.port == 53; };
  BOOST_TEST((Parse(outer, inside)->flow == Flow(false, 53)));
}

BOOST_AUTO_TEST_CASE(WhatOnlyHasATunnelsPortIsADatagram) {
  const auto view = Parse(Datagram(Flow(true, 4789), {0, 1, 2}), kNone);
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST(view->flow.peer.port == 4789);
}

BOOST_AUTO_TEST_CASE(OtherTransportsAndBadHeaders) {
  Bytes packet = Datagram(Flow(true, 53), {1, 2, 3});
  packet[9] = 6;
  BOOST_TEST((Parse(packet, kAny).error() == ParseError::kNotUdp));
  packet[9] = 17;
  StoreBe16(&packet[24], 100);
  BOOST_TEST((Parse(packet, kAny).error() == ParseError::kBadUdpHeader));
  packet.resize(24);
  BOOST_TEST((Parse(packet, kAny).error() == ParseError::kTruncated));
}

BOOST_AUTO_TEST_CASE(WhatTheCaptureCutIsTold) {
  Bytes packet = Datagram(Flow(true, 53), Bytes(100, 7));
  packet.resize(40);
  const auto view = Parse(packet, kAny);
  BOOST_REQUIRE(view.has_value());
  BOOST_TEST(view->payload.size() == 12U);
  BOOST_TEST(view->payload_length == 100U);
}

}  // namespace
}  // namespace tcpcopy
