#include "src/io/reply_twins.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using Bytes = std::vector<std::uint8_t>;

constexpr std::uint32_t kSlave = 2;
constexpr std::uint32_t kOtherSlave = 3;
constexpr std::uint32_t kBond = 4;
constexpr Duration kNow = std::chrono::hours(24 * 365 * 55);

Bytes Ack(std::uint32_t ack, bool v4 = true, std::uint16_t ip_id = 7) {
  const FlowKey flow{{*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), 80},
                     {*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000}};
  TcpSegment segment;
  segment.ack = SeqNum(ack);
  segment.flags.bits = TcpFlags::kAck;
  Bytes packet(HeaderLength(v4 ? IpFamily::kV4 : IpFamily::kV6, {}));
  BuildPacket(flow, segment, ip_id, packet);
  return packet;
}

/// Which of equal packets, seen on `interfaces` in that order, pass: one letter each.
std::string Passing(const std::vector<std::uint32_t>& interfaces, Duration apart = Duration(1000)) {
  ReplyTwins twins;
  std::string passed;
  Duration now = kNow;
  for (const std::uint32_t interface : interfaces) {
    passed += twins.Contains(Ack(1), interface, now) ? '-' : 'P';
    now += apart;
  }
  return passed;
}

BOOST_AUTO_TEST_CASE(ASecondViewOfAPacketIsATwin) {
  BOOST_TEST(Passing({kSlave, kBond}) == "P-");
  BOOST_TEST(Passing({kBond, kSlave, kOtherSlave}) == "P--");
}

BOOST_AUTO_TEST_CASE(ARealDuplicateAckPasses) {
  BOOST_TEST(Passing({kSlave, kSlave, kSlave}) == "PPP");
}

BOOST_AUTO_TEST_CASE(RealDuplicatesPassOnceEachHoweverTheirViewsAreOrdered) {
  BOOST_TEST(Passing({kSlave, kBond, kSlave, kBond, kSlave, kBond}) == "P-P-P-");
  BOOST_TEST(Passing({kSlave, kSlave, kSlave, kBond, kBond, kBond}) == "PPP---");
  BOOST_TEST(Passing({kSlave, kSlave, kBond, kBond, kBond}) == "PP--P");
}

BOOST_AUTO_TEST_CASE(DuplicatesThatComeOverDifferentSlavesPassOnceEach) {
  const std::string passed = Passing({kSlave, kBond, kOtherSlave, kBond});
  BOOST_TEST(passed == "P--P");
}

BOOST_AUTO_TEST_CASE(AnUnknownInterfaceHasNoTwins) { BOOST_TEST(Passing({0, 0, kBond}) == "PPP"); }

BOOST_AUTO_TEST_CASE(AfterAWhileEqualBytesAreAnotherPacket) {
  BOOST_TEST(Passing({kSlave, kBond}, ReplyTwins::kWindow) == "P-");
  BOOST_TEST(Passing({kSlave, kBond}, ReplyTwins::kWindow + 1ms) == "PP");
}

/// Interfaces that are captured by name are read one after the other, a batch each.
BOOST_AUTO_TEST_CASE(ATwinIsKnownHundredsOfPacketsLater) {
  constexpr std::uint32_t kPackets = 512;
  ReplyTwins twins;
  for (std::uint32_t i = 0; i < kPackets; ++i) {
    BOOST_TEST(!twins.Contains(Ack(i), kSlave, kNow + std::chrono::microseconds(i)));
  }
  for (std::uint32_t i = 0; i < kPackets; ++i) {
    BOOST_TEST(twins.Contains(Ack(i), kBond, kNow + std::chrono::microseconds(i)));
  }
}

BOOST_AUTO_TEST_CASE(AnythingThatDiffersIsAnotherPacket) {
  for (const bool v4 : {true, false}) {
    ReplyTwins twins;
    BOOST_TEST(!twins.Contains(Ack(1, v4), kSlave, kNow));
    BOOST_TEST(!twins.Contains(Ack(2, v4), kBond, kNow));
    BOOST_TEST(twins.Contains(Ack(1, v4), kBond, kNow));
  }
  ReplyTwins twins;
  BOOST_TEST(!twins.Contains(Ack(1, true, 7), kSlave, kNow));
  BOOST_TEST(!twins.Contains(Ack(1, true, 8), kBond, kNow));
}

BOOST_AUTO_TEST_CASE(WhatForwardingChangesMakesNoDifference) {
  for (const bool v4 : {true, false}) {
    ReplyTwins twins;
    BOOST_TEST(!twins.Contains(Ack(1, v4), kSlave, kNow));
    Bytes forwarded = Ack(1, v4);
    --forwarded[v4 ? 8 : 7];           // TTL
    if (v4) ++forwarded[10];           // the IP header's checksum
    ++forwarded[(v4 ? 20 : 40) + 17];  // and TCP's
    BOOST_TEST(twins.Contains(forwarded, kBond, kNow));
  }
}

BOOST_AUTO_TEST_CASE(OfDatagramsTheirOwnChecksumMakesNoDifference) {
  for (const bool v4 : {true, false}) {
    const IpFamily family = v4 ? IpFamily::kV4 : IpFamily::kV6;
    const FlowKey flow{{*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), 53},
                       {*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000}};
    Bytes datagram(DatagramHeaderLength(family) + 20);
    BuildDatagram(flow, 7, datagram);
    ReplyTwins twins;
    BOOST_TEST(!twins.Contains(datagram, kSlave, kNow));
    ++datagram[(v4 ? 20 : 40) + 7];
    BOOST_TEST(twins.Contains(datagram, kBond, kNow));
    ++datagram[(v4 ? 20 : 40) + 17];  // where TCP has its own
    BOOST_TEST(!twins.Contains(datagram, kBond, kNow));
  }
}

BOOST_AUTO_TEST_CASE(PaddingAndTheCapturedLengthMakeNoDifference) {
  ReplyTwins twins;
  Bytes padded = Ack(1);
  padded.resize(46);
  BOOST_TEST(!twins.Contains(padded, kSlave, kNow));
  BOOST_TEST(twins.Contains(Ack(1), kBond, kNow));
  Bytes large = Ack(2);
  StoreBe16(&large[2], 1500);
  large.resize(236, 'x');
  BOOST_TEST(!twins.Contains(large, kSlave, kNow));
  large.resize(232);  // a VLAN tag took room in the snapshot
  BOOST_TEST(twins.Contains(large, kBond, kNow));
}

BOOST_AUTO_TEST_CASE(MoreViewsThanThereIsRoomForPass) {
  std::vector<std::uint32_t> interfaces;
  for (std::uint32_t i = 1; i <= ReplyTwins::kInterfaces + 1; ++i) interfaces.push_back(i);
  BOOST_TEST(Passing(interfaces) == "P-----P");
}

BOOST_AUTO_TEST_CASE(NothingIsTooShort) {
  ReplyTwins twins;
  for (std::size_t size = 0; size < 20; ++size) {
    BOOST_TEST(!twins.Contains(ConstBytes(Ack(1)).first(size), kSlave, kNow));
  }
}

/// The time of captured packets is that of the day.
BOOST_AUTO_TEST_CASE(AClockThatIsSetChangesNothing) {
  constexpr std::uint32_t kMany = 20'000;
  constexpr std::uint32_t kBetween = 500;
  for (const auto step : {std::chrono::hours(-5), std::chrono::hours(5)}) {
    ReplyTwins twins;
    for (std::uint32_t i = 0; i < kMany; ++i) twins.Contains(Ack(i), kSlave, kNow);
    const Duration later = kNow + step;
    for (std::uint32_t i = kMany; i < kMany + kBetween; ++i) {
      BOOST_REQUIRE(!twins.Contains(Ack(i), kSlave, later));
    }
    for (std::uint32_t i = kMany; i < kMany + kBetween; ++i) {
      BOOST_REQUIRE(twins.Contains(Ack(i), kBond, later));
    }
    // The same bytes hours ago were another packet.
    BOOST_TEST(!twins.Contains(Ack(kMany - 1), kBond, later));
  }
}

}  // namespace
}  // namespace tcpcopy
