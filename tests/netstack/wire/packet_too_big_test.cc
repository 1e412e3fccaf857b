#include "netstack/wire/packet_too_big.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

FlowKey Flow(bool v4) {
  return {{*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000},
          {*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), 80}};
}

/// A packet of 1,500 bytes from `Flow`.
Bytes TcpPacket(bool v4) {
  TcpSegment segment;
  segment.seq = SeqNum(123'456'789);
  segment.flags.bits = TcpFlags::kAck;
  const std::size_t header = HeaderLength(v4 ? IpFamily::kV4 : IpFamily::kV6, {});
  segment.payload_length = static_cast<std::uint32_t>(1500 - header);
  Bytes packet(1500, 'x');
  BuildPacket(Flow(v4), segment, 7, packet);
  return packet;
}

/// A router's message: `icmp` (8 bytes) quotes the first `quoted` bytes of `packet`.
Bytes Message(Bytes icmp, const Bytes& packet, std::size_t quoted) {
  icmp.insert(icmp.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(quoted));
  const bool v4 = packet[0] >> 4 == 4;
  Bytes outer = v4 ? Bytes{0x45, 0, 0, 0, 0, 9, 0, 0, 64, 1, 0, 0, 10, 9, 9, 9, 10, 0, 0, 1}
                   : Bytes{0x60, 0, 0, 0, 0, 0, 58, 64};
  if (!v4) outer.resize(40, 0x20);
  outer.insert(outer.end(), icmp.begin(), icmp.end());
  const std::size_t length = v4 ? outer.size() : outer.size() - 40;
  StoreBe16(&outer[v4 ? 2 : 4], static_cast<std::uint16_t>(length));
  return outer;
}

Bytes FragmentationNeeded(std::uint16_t mtu, std::size_t quoted = 28) {
  Bytes icmp{3, 4, 0, 0, 0, 0, 0, 0};
  StoreBe16(&icmp[6], mtu);
  return Message(icmp, TcpPacket(true), quoted);
}

Bytes TooBigV6(std::uint32_t mtu, std::size_t quoted = 1232) {
  Bytes icmp{2, 0, 0, 0, 0, 0, 0, 0};
  StoreBe32(&icmp[4], mtu);
  return Message(icmp, TcpPacket(false), quoted);
}

std::optional<PacketTooBig> Parse(const Bytes& packet) {
  return PacketTooBig::Parse({LinkType::kRawIp, packet, packet.size()});
}

BOOST_AUTO_TEST_CASE(FragmentationNeededTellsTheSizeThatFits) {
  const auto told = Parse(FragmentationNeeded(1400));
  BOOST_TEST_REQUIRE(told.has_value());
  BOOST_TEST((told->flow == Flow(true)));
  BOOST_TEST(told->seq.raw() == 123'456'789U);
  BOOST_TEST(told->mtu == 1400U);
}

BOOST_AUTO_TEST_CASE(PacketTooBigOfIpv6TellsTheSizeThatFits) {
  const auto told = Parse(TooBigV6(1280));
  BOOST_TEST_REQUIRE(told.has_value());
  BOOST_TEST((told->flow == Flow(false)));
  BOOST_TEST(told->seq.raw() == 123'456'789U);
  BOOST_TEST(told->mtu == 1280U);
  BOOST_TEST(Parse(TooBigV6(0x10000))->mtu == 0x10000U);
}

BOOST_AUTO_TEST_CASE(ARouterThatTellsNoSizeMeansTheNextPlateau) {
  struct {
    std::uint16_t length;
    std::uint32_t mtu;
  } const table[] = {{65535, 32000}, {9000, 8166}, {1500, 1492}, {1492, 1006},
                     {1006, 508},    {297, 296},   {296, 68},    {60, 68}};
  for (const auto& row : table) {
    Bytes packet = FragmentationNeeded(0);
    StoreBe16(&packet[20 + 8 + 2], row.length);
    const auto told = Parse(packet);
    BOOST_TEST_REQUIRE(told.has_value());
    BOOST_TEST(told->mtu == row.mtu);
  }
}

BOOST_AUTO_TEST_CASE(ExtensionHeadersAndOptionsOfTheQuotedPacketAreSkipped) {
  Bytes with_options = TcpPacket(true);
  with_options[0] = 0x46;
  with_options.insert(with_options.begin() + 20, {1, 1, 1, 0});
  const auto v4 = Parse(Message({3, 4, 0, 0, 0, 0, 5, 0}, with_options, 32));
  BOOST_TEST_REQUIRE(v4.has_value());
  BOOST_TEST((v4->flow == Flow(true)));

  Bytes with_extension = TcpPacket(false);
  with_extension[6] = 60;
  with_extension.insert(with_extension.begin() + 40, {6, 0, 1, 4, 0, 0, 0, 0});
  const auto v6 = Parse(Message({2, 0, 0, 0, 0, 0, 5, 0}, with_extension, 400));
  BOOST_TEST_REQUIRE(v6.has_value());
  BOOST_TEST((v6->flow == Flow(false)));
}

BOOST_AUTO_TEST_CASE(AMessageCutAnywhereInWhatMattersIsNone) {
  for (const bool v4 : {true, false}) {
    const Bytes packet = v4 ? FragmentationNeeded(1400) : TooBigV6(1400);
    const std::size_t needed = v4 ? 20 + 8 + 20 + 8 : 40 + 8 + 40 + 8;
    for (std::size_t captured = 0; captured <= needed; ++captured) {
      const auto told = PacketTooBig::Parse(
          {LinkType::kRawIp, ConstBytes(packet).first(captured), packet.size()});
      BOOST_TEST(told.has_value() == (captured == needed), captured << " bytes captured");
    }
  }
}

BOOST_AUTO_TEST_CASE(OtherMessagesAreNone) {
  struct {
    std::string rule;
    Bytes packet;
    std::function<void(Bytes&)> change;
  } const cases[] = {
      {"port unreachable", FragmentationNeeded(1400), [](Bytes& p) { p[21] = 3; }},
      {"echo", FragmentationNeeded(1400), [](Bytes& p) { p[20] = 8; }},
      {"UDP did not fit", FragmentationNeeded(1400), [](Bytes& p) { p[28 + 9] = 17; }},
      {"a fragment did not fit", FragmentationNeeded(1400), [](Bytes& p) { p[28 + 6] = 0x20; }},
      {"ICMP's number in a TCP packet", FragmentationNeeded(1400), [](Bytes& p) { p[9] = 6; }},
      {"time exceeded in IPv6", TooBigV6(1400), [](Bytes& p) { p[40] = 3; }},
      {"UDP of IPv6 did not fit", TooBigV6(1400), [](Bytes& p) { p[48 + 6] = 17; }},
      {"an IPv4 packet is quoted in IPv6", TooBigV6(1400), [](Bytes& p) { p[48] = 0x45; }},
  };
  for (const auto& test : cases) {
    Bytes packet = test.packet;
    BOOST_TEST(Parse(packet).has_value(), test.rule);
    test.change(packet);
    BOOST_TEST(!Parse(packet).has_value(), test.rule);
  }
}

}  // namespace
}  // namespace tcpcopy
