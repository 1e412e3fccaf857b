#include "netstack/wire/packet_view.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/wire/build_packet.h"
#include "netstack/wire/ip_payload.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

const std::string kPayload = "GET / HTTP/1.0\r\n\r\n";

/// A packet of 18 payload bytes without options.
Bytes Packet(IpFamily family) {
  const bool v4 = family == IpFamily::kV4;
  const FlowKey flow{{*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000},
                     {*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), 80}};
  TcpSegment segment;
  segment.seq = SeqNum(1000);
  segment.flags = {TcpFlags::kAck | TcpFlags::kPsh};
  segment.payload_length = static_cast<std::uint32_t>(kPayload.size());
  Bytes packet(HeaderLength(family, {}));
  packet.insert(packet.end(), kPayload.begin(), kPayload.end());
  BuildPacket(flow, segment, 1, packet);
  return packet;
}

Bytes PacketV4() { return Packet(IpFamily::kV4); }
Bytes PacketV6() { return Packet(IpFamily::kV6); }

/// `extension` stands between the fixed header and TCP; its first byte becomes TCP's number.
Bytes WithExtension(Bytes extension, std::uint8_t kind) {
  Bytes packet = PacketV6();
  packet[6] = kind;
  extension[0] = 6;
  packet.insert(packet.begin() + 40, extension.begin(), extension.end());
  StoreBe16(&packet[4], static_cast<std::uint16_t>(packet.size() - 40));
  return packet;
}

Result<PacketView, ParseError> Parse(const Bytes& packet) {
  return ParsePacket(LinkType::kRawIp, packet, packet.size());
}

Bytes Changed(Bytes packet, const std::function<void(Bytes&)>& change) {
  change(packet);
  return packet;
}

std::string Text(ConstBytes bytes) { return {bytes.begin(), bytes.end()}; }

struct ErrorCase {
  std::string rule;
  Bytes packet;
  ParseError error;
};

const ErrorCase kErrorCases[] = {
    {"IPv4 header length below 5", Changed(PacketV4(), [](Bytes& p) { p[0] = 0x44; }),
     ParseError::kBadIpHeader},
    {"IPv4 total length below its header", Changed(PacketV4(), [](Bytes& p) { p[3] = 19; }),
     ParseError::kBadIpHeader},
    {"IPv4 options beyond the captured bytes",
     Changed(PacketV4(),
             [](Bytes& p) {
               p[0] = 0x4F;
               StoreBe16(&p[2], 200);
             }),
     ParseError::kTruncated},
    {"IPv4 first fragment", Changed(PacketV4(), [](Bytes& p) { p[6] = 0x20; }),
     ParseError::kFragment},
    {"IPv4 last fragment", Changed(PacketV4(), [](Bytes& p) { p[7] = 1; }), ParseError::kFragment},
    {"UDP", Changed(PacketV4(), [](Bytes& p) { p[9] = 17; }), ParseError::kNotTcp},
    {"ICMPv6", Changed(PacketV6(), [](Bytes& p) { p[6] = 58; }), ParseError::kNotTcp},
    {"IPv6 without next header", Changed(PacketV6(), [](Bytes& p) { p[6] = 59; }),
     ParseError::kNotTcp},
    {"IPv6 fragment header", WithExtension(Bytes(8, 0), 44), ParseError::kFragment},
    {"IPv6 fragment behind options",
     Changed(WithExtension(Bytes(16, 0), 60), [](Bytes& p) { p[40] = 44; }), ParseError::kFragment},
    {"IPv6 extension beyond the payload length",
     Changed(WithExtension(Bytes(8, 0), 60), [](Bytes& p) { p[41] = 255; }),
     ParseError::kBadIpHeader},
    {"IPv6 extension beyond the captured bytes",
     Changed(WithExtension(Bytes(8, 0), 60),
             [](Bytes& p) {
               p[41] = 255;
               StoreBe16(&p[4], 4000);
             }),
     ParseError::kTruncated},
    {"IPv6 payload too short for an extension",
     Changed(WithExtension(Bytes(8, 0), 0), [](Bytes& p) { StoreBe16(&p[4], 7); }),
     ParseError::kBadIpHeader},
    {"IP length too short for TCP", Changed(PacketV4(), [](Bytes& p) { p[3] = 39; }),
     ParseError::kBadTcpHeader},
    {"TCP data offset below 5", Changed(PacketV4(), [](Bytes& p) { p[32] = 0x40; }),
     ParseError::kBadTcpHeader},
    {"TCP data offset beyond the packet", Changed(PacketV4(), [](Bytes& p) { p[32] = 0xF0; }),
     ParseError::kBadTcpHeader},
    {"TCP options beyond the captured bytes",
     Changed(PacketV4(),
             [](Bytes& p) {
               p[32] = 0xF0;
               StoreBe16(&p[2], 200);
             }),
     ParseError::kTruncated},
};

BOOST_AUTO_TEST_CASE(WhatIsNoWholeTcpHeaderIsNamed) {
  for (const ErrorCase& test : kErrorCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      const auto parsed = Parse(test.packet);
      BOOST_TEST_REQUIRE(!parsed.has_value());
      BOOST_TEST(ToString(parsed.error()) == ToString(test.error));
    }
  }
}

BOOST_AUTO_TEST_CASE(AnEtherTypeThatContradictsTheVersionIsABadHeader) {
  Bytes frame = PacketV6();
  BOOST_TEST(
      (ParsePacket(LinkType::kIpv4, frame, frame.size()).error() == ParseError::kBadIpHeader));
  frame = PacketV4();
  BOOST_TEST(
      (ParsePacket(LinkType::kIpv6, frame, frame.size()).error() == ParseError::kBadIpHeader));
}

BOOST_AUTO_TEST_CASE(APacketCutInItsHeadersIsTruncatedAndInItsPayloadKeepsItsLength) {
  for (const Bytes& packet : {PacketV4(), PacketV6()}) {
    const std::size_t headers = packet.size() - kPayload.size();
    for (std::size_t captured = 0; captured < packet.size(); ++captured) {
      const auto parsed =
          ParsePacket(LinkType::kRawIp, ConstBytes(packet).first(captured), packet.size());
      BOOST_TEST_CONTEXT(captured << " bytes captured") {
        BOOST_TEST_REQUIRE(parsed.has_value() == (captured >= headers));
        if (captured < headers) {
          BOOST_TEST((parsed.error() == ParseError::kTruncated));
        } else {
          BOOST_TEST(parsed->segment.payload_length == kPayload.size());
          BOOST_TEST(Text(parsed->segment.payload) == kPayload.substr(0, captured - headers));
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(PaddingBehindThePacketIsLeftOut) {
  for (Bytes packet : {PacketV4(), PacketV6()}) {
    packet.resize(packet.size() + 9, 0xEE);
    const auto parsed = Parse(packet);
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(Text(parsed->segment.payload) == kPayload);
    BOOST_TEST(parsed->segment.payload_length == kPayload.size());
  }
}

BOOST_AUTO_TEST_CASE(ALengthOfZeroMeansAsLongAsTheFrame) {
  Bytes v4 = PacketV4();
  StoreBe16(&v4[2], 0);
  Bytes v6 = PacketV6();
  StoreBe16(&v6[4], 0);
  for (const Bytes& packet : {v4, v6}) {
    const auto whole = Parse(packet);
    BOOST_TEST_REQUIRE(whole.has_value());
    BOOST_TEST(Text(whole->segment.payload) == kPayload);
    const auto cut = ParsePacket(LinkType::kRawIp, packet, packet.size() + 70000);
    BOOST_TEST_REQUIRE(cut.has_value());
    BOOST_TEST(cut->segment.payload.size() == kPayload.size());
    BOOST_TEST(cut->segment.payload_length == kPayload.size() + 70000);
  }
}

BOOST_AUTO_TEST_CASE(ALengthBeyondAnyWindowIsRefused) {
  Bytes packet = PacketV4();
  StoreBe16(&packet[2], 0);
  const auto parsed = ParsePacket(LinkType::kRawIp, packet, std::size_t{1} << 31);
  BOOST_TEST_REQUIRE(!parsed.has_value());
  BOOST_TEST((parsed.error() == ParseError::kBadTcpHeader));
}

BOOST_AUTO_TEST_CASE(Ipv6ExtensionHeadersAreWalked) {
  Bytes two = WithExtension(Bytes(24, 0), 0);
  two[40] = 43;  // hop-by-hop of 8 bytes, then routing of 16
  two[48] = 6;
  two[49] = 1;
  Bytes long_options(32, 0);
  long_options[1] = 3;
  for (const Bytes& packet : {WithExtension(Bytes(8, 0), 0), WithExtension(Bytes(8, 0), 43),
                              WithExtension(long_options, 60), two}) {
    const auto parsed = Parse(packet);
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->flow.peer.ToString() == "[2001:db8::2]:80");
    BOOST_TEST(Text(parsed->segment.payload) == kPayload);
    BOOST_TEST(parsed->segment.payload_length == kPayload.size());
  }
}

BOOST_AUTO_TEST_CASE(Ipv4OptionsAreSkipped) {
  Bytes packet = PacketV4();
  packet.insert(packet.begin() + 20, {1, 1, 1, 0});
  packet[0] = 0x46;
  packet[3] = static_cast<std::uint8_t>(packet.size());
  const auto parsed = Parse(packet);
  BOOST_TEST_REQUIRE(parsed.has_value());
  BOOST_TEST(parsed->flow.local.ToString() == "10.0.0.1:4000");
  BOOST_TEST(Text(parsed->segment.payload) == kPayload);
}

BOOST_AUTO_TEST_CASE(ChecksumsAndDontFragmentAndReservedBitsDoNotMatter) {
  Bytes packet = PacketV4();
  packet[6] = 0xC0;
  packet[10] ^= 0xFF;
  packet[36] ^= 0xFF;
  packet[32] |= 0x0F;
  BOOST_TEST(Parse(packet).has_value());
}

/// `packet` inside another one whose payload begins with `header`.
Bytes Inside(IpFamily outer, std::uint8_t protocol, const Bytes& header, const Bytes& packet) {
  const bool v4 = outer == IpFamily::kV4;
  Bytes whole = Packet(outer);
  whole.resize(v4 ? 20 : 40);
  whole[v4 ? 9 : 6] = protocol;
  whole.insert(whole.end(), header.begin(), header.end());
  whole.insert(whole.end(), packet.begin(), packet.end());
  StoreBe16(&whole[v4 ? 2 : 4], static_cast<std::uint16_t>(whole.size() - (v4 ? 0 : 40)));
  return whole;
}

const Bytes kVxlanAndEthernet{0xC0, 1,    0x12, 0xB5, 0,    0,    0,    0,    0x08, 0,
                              0,    0,    0,    0,    42,   0,    0xAA, 0xAA, 0xAA, 0xAA,
                              0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0xAA, 0x86, 0xDD};

BOOST_AUTO_TEST_CASE(TcpInsideOfTunnelsIsFoundWithItsOwnFlow) {
  for (const Bytes& packet : {
           Inside(IpFamily::kV4, 41, {}, PacketV6()),
           Inside(IpFamily::kV6, 41, {}, PacketV6()),
           Inside(IpFamily::kV6, 47, {0, 0, 0x86, 0xDD}, PacketV6()),
           Inside(IpFamily::kV4, 17, kVxlanAndEthernet, PacketV6()),
           Inside(IpFamily::kV4, 47, {0, 0, 0x08, 0},
                  Inside(IpFamily::kV4, 17, kVxlanAndEthernet, PacketV6())),
       }) {
    const auto parsed = Parse(packet);
    BOOST_TEST_REQUIRE(parsed.has_value());
    BOOST_TEST(parsed->flow.local.ToString() == "[2001:db8::1]:4000");
    BOOST_TEST(parsed->flow.peer.ToString() == "[2001:db8::2]:80");
    BOOST_TEST(Text(parsed->segment.payload) == kPayload);
  }
}

BOOST_AUTO_TEST_CASE(ATunnelThatTheCaptureCutKeepsTheLengthInside) {
  const Bytes packet = Inside(IpFamily::kV4, 41, {}, PacketV6());
  const auto parsed =
      ParsePacket(LinkType::kRawIp, ConstBytes(packet).first(packet.size() - 5), packet.size());
  BOOST_TEST_REQUIRE(parsed.has_value());
  BOOST_TEST(Text(parsed->segment.payload) == kPayload.substr(0, kPayload.size() - 5));
  BOOST_TEST(parsed->segment.payload_length == kPayload.size());
}

BOOST_AUTO_TEST_CASE(TunnelsAreFollowedEightDeep) {
  Bytes packet = PacketV4();
  for (int i = 0; i < kMaxTunnels; ++i) packet = Inside(IpFamily::kV4, 4, {}, packet);
  BOOST_TEST(Parse(packet).has_value());
  const auto deeper = Parse(Inside(IpFamily::kV4, 4, {}, packet));
  BOOST_TEST_REQUIRE(!deeper.has_value());
  BOOST_TEST((deeper.error() == ParseError::kNotTcp));
}

BOOST_AUTO_TEST_CASE(AFragmentIsGivenOutWithoutWhatLiesAroundIt) {
  Bytes piece = PacketV4();
  piece[7] = 1;
  for (const Bytes& packet : {piece, Inside(IpFamily::kV6, 4, {}, piece)}) {
    ConstBytes fragment;
    const auto parsed = ParsePacket({LinkType::kRawIp, packet, packet.size()}, fragment);
    BOOST_TEST_REQUIRE(!parsed.has_value());
    BOOST_TEST((parsed.error() == ParseError::kFragment));
    BOOST_TEST(Bytes(fragment.begin(), fragment.end()) == piece, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(NoDamageMakesTheSegmentLeaveTheFrame) {
  Prng prng(99);
  for (int i = 0; i < 50000; ++i) {
    Bytes packet = Packet(prng.Below(2) == 0 ? IpFamily::kV4 : IpFamily::kV6);
    for (std::uint64_t n = 1 + prng.Below(6); n > 0; --n) {
      packet[prng.Below(packet.size())] = static_cast<std::uint8_t>(prng.Next());
    }
    packet.resize(prng.Below(packet.size() + 1));
    const auto parsed = ParsePacket(LinkType::kRawIp, packet, packet.size() + prng.Below(100));
    if (!parsed) continue;
    const ConstBytes payload = parsed->segment.payload;
    BOOST_TEST_REQUIRE(payload.size() <= parsed->segment.payload_length);
    BOOST_TEST_REQUIRE((payload.data() >= packet.data()));
    BOOST_TEST_REQUIRE((payload.data() + payload.size() <= packet.data() + packet.size()));
  }
}

/// Behind Ethernet, with a VLAN tag or without.
Bytes InEthernet(const Bytes& packet, bool tagged) {
  Bytes frame(12, 2);
  if (tagged) frame.insert(frame.end(), {0x81, 0, 0, 1});
  frame.insert(frame.end(), {8, 0});
  frame.insert(frame.end(), packet.begin(), packet.end());
  return frame;
}

BOOST_AUTO_TEST_CASE(TheShortWayForPlainPacketsSaysWhatTheLongOneDoes) {
  Prng prng(5);
  for (int i = 0; i < 20'000; ++i) {
    Bytes packet = PacketV4();
    for (std::uint64_t changes = prng.Below(3); changes > 0; --changes) {
      const std::size_t at = prng.Below(4) == 0 ? 32 : prng.Below(34);
      packet[at] = static_cast<std::uint8_t>(prng.Next());
    }
    const std::size_t wire_length = packet.size();
    packet.resize(wire_length - prng.Below(3) * prng.Below(60) % wire_length);
    const Bytes plain = InEthernet(packet, false);
    const Bytes tagged = InEthernet(packet, true);
    const auto one = ParsePacket(LinkType::kEthernet, plain, wire_length + 14);
    const auto other = ParsePacket(LinkType::kEthernet, tagged, wire_length + 18);
    BOOST_TEST_REQUIRE(one.has_value() == other.has_value());
    if (!one) {
      BOOST_TEST_REQUIRE((one.error() == other.error()));
      continue;
    }
    BOOST_TEST_REQUIRE((one->flow == other->flow));
    BOOST_TEST_REQUIRE((one->segment.seq == other->segment.seq));
    BOOST_TEST_REQUIRE((one->segment.flags == other->segment.flags));
    BOOST_TEST_REQUIRE((one->segment.options == other->segment.options));
    BOOST_TEST_REQUIRE(one->segment.payload_length == other->segment.payload_length);
    BOOST_TEST_REQUIRE(Text(one->segment.payload) == Text(other->segment.payload));
  }
}

}  // namespace
}  // namespace tcpcopy
