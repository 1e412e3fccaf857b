#include "netstack/wire/build_packet.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/wire/checksum.h"
#include "netstack/wire/datagram_view.h"
#include "netstack/wire/packet_view.h"

namespace tcpcopy {
namespace {

IpAddress RandomAddress(IpFamily family, Prng& prng) {
  std::uint8_t bytes[16];
  for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(prng.Next());
  return IpAddress::FromBytes({bytes, family == IpFamily::kV4 ? 4U : 16U});
}

FlowKey RandomFlow(Prng& prng) {
  const IpFamily family = prng.Below(2) == 0 ? IpFamily::kV4 : IpFamily::kV6;
  return {{RandomAddress(family, prng), static_cast<std::uint16_t>(prng.Next())},
          {RandomAddress(family, prng), static_cast<std::uint16_t>(prng.Next())}};
}

/// Options that fit into one header together.
TcpOptions RandomOptions(Prng& prng) {
  TcpOptions options;
  if (prng.Below(2) == 0) options.mss = static_cast<std::uint16_t>(prng.Next());
  if (prng.Below(2) == 0) options.window_scale = static_cast<std::uint8_t>(prng.Next());
  options.sack_permitted = prng.Below(2) == 0;
  if (prng.Below(2) == 0) {
    options.timestamps = TcpTimestamps{static_cast<std::uint32_t>(prng.Next()),
                                       static_cast<std::uint32_t>(prng.Next())};
  }
  options.sack_count = static_cast<std::uint8_t>(prng.Below(3));
  for (std::size_t i = 0; i < options.sack_count; ++i) {
    options.sack[i] = {SeqNum(static_cast<std::uint32_t>(prng.Next())),
                       SeqNum(static_cast<std::uint32_t>(prng.Next()))};
  }
  return options;
}

TcpSegment RandomSegment(const FlowKey& flow, Prng& prng) {
  TcpSegment segment;
  segment.source_port = flow.local.port;
  segment.destination_port = flow.peer.port;
  segment.seq = SeqNum(static_cast<std::uint32_t>(prng.Next()));
  segment.ack = SeqNum(static_cast<std::uint32_t>(prng.Next()));
  segment.flags.bits = static_cast<std::uint8_t>(prng.Next());
  segment.window = static_cast<std::uint16_t>(prng.Next());
  segment.options = RandomOptions(prng);
  segment.payload_length = static_cast<std::uint32_t>(prng.Below(prng.Below(10) == 0 ? 60000 : 99));
  return segment;
}

struct BuiltPacket {
  std::vector<std::uint8_t> bytes;
  std::vector<std::uint8_t> payload;
};

BuiltPacket Build(const FlowKey& flow, const TcpSegment& segment, Prng& prng) {
  BuiltPacket built;
  built.payload.resize(segment.payload_length);
  for (std::uint8_t& byte : built.payload) byte = static_cast<std::uint8_t>(prng.Next());
  const std::size_t header = HeaderLength(flow.local.address.family(), segment.options);
  built.bytes.assign(header, 0xEE);
  built.bytes.insert(built.bytes.end(), built.payload.begin(), built.payload.end());
  BuildPacket(flow, segment, static_cast<std::uint16_t>(prng.Next()), built.bytes);
  return built;
}

BOOST_AUTO_TEST_CASE(EveryBuiltPacketParsesBackToItself) {
  Prng prng(20260501);
  for (int i = 0; i < 5000; ++i) {
    BOOST_TEST_CONTEXT("packet " << i) {
      const FlowKey flow = RandomFlow(prng);
      const TcpSegment segment = RandomSegment(flow, prng);
      const BuiltPacket built = Build(flow, segment, prng);
      const auto parsed = ParsePacket(LinkType::kRawIp, built.bytes, built.bytes.size());
      BOOST_TEST_REQUIRE(parsed.has_value());
      BOOST_TEST((parsed->flow == flow));
      BOOST_TEST(parsed->segment.source_port == segment.source_port);
      BOOST_TEST(parsed->segment.destination_port == segment.destination_port);
      BOOST_TEST((parsed->segment.seq == segment.seq));
      BOOST_TEST((parsed->segment.ack == segment.ack));
      BOOST_TEST((parsed->segment.flags == segment.flags));
      BOOST_TEST(parsed->segment.window == segment.window);
      BOOST_TEST((parsed->segment.options == segment.options));
      BOOST_TEST(parsed->segment.payload_length == segment.payload_length);
      BOOST_TEST(std::ranges::equal(parsed->segment.payload, built.payload));
    }
  }
}

BOOST_AUTO_TEST_CASE(ChecksumsOfEveryBuiltPacketVerify) {
  Prng prng(20260502);
  for (int i = 0; i < 1000; ++i) {
    BOOST_TEST_CONTEXT("packet " << i) {
      const FlowKey flow = RandomFlow(prng);
      const BuiltPacket built = Build(flow, RandomSegment(flow, prng), prng);
      const bool v4 = flow.local.address.IsV4();
      const ConstBytes packet(built.bytes);
      if (v4) BOOST_TEST(InternetChecksum(packet.first(20)) == 0);
      BOOST_TEST(TcpChecksum(flow.local.address, flow.peer.address, packet.subspan(v4 ? 20 : 40)) ==
                 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(HeaderFieldsStandWhereTheRfcsPutThem) {
  const FlowKey flow{{IpAddress::V4(0x0A000001), 0x1234}, {IpAddress::V4(0x0A000002), 80}};
  TcpSegment segment;
  segment.seq = SeqNum(0x01020304);
  segment.flags = {TcpFlags::kSyn};
  segment.window = 0xFAF0;
  segment.options.mss = 1460;
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV4, segment.options));
  BuildPacket(flow, segment, 0xABCD, packet);
  const std::vector<std::uint8_t> expected{
      0x45, 0x00, 0x00, 0x2c, 0xab, 0xcd, 0x00, 0x00, 0x40, 0x06, 0xba, 0xfc,  // IP
      0x0a, 0x00, 0x00, 0x01, 0x0a, 0x00, 0x00, 0x02,                          // addresses
      0x12, 0x34, 0x00, 0x50, 0x01, 0x02, 0x03, 0x04, 0x00, 0x00, 0x00, 0x00,  // TCP
      0x60, 0x02, 0xfa, 0xf0, 0x00, 0x00, 0x00, 0x00,                          //
      0x02, 0x04, 0x05, 0xb4};
  // The TCP checksum is compared with one that is added up the slow way.
  std::vector<std::uint8_t> without_checksum = packet;
  without_checksum[36] = without_checksum[37] = 0;
  BOOST_TEST(without_checksum == expected, boost::test_tools::per_element());
  std::uint32_t sum = 6 + 24;
  for (std::size_t i = 12; i < expected.size(); i += 2) sum += LoadBe16(&expected[i]);
  while (sum > 0xFFFF) sum = (sum & 0xFFFF) + (sum >> 16);
  BOOST_TEST(LoadBe16(&packet[36]) == (~sum & 0xFFFF));
}

BOOST_AUTO_TEST_CASE(Ipv6PayloadLengthLeavesOutTheFixedHeader) {
  const FlowKey flow{{*IpAddress::Parse("2001:db8::1"), 1}, {*IpAddress::Parse("2001:db8::2"), 2}};
  TcpSegment segment;
  segment.payload_length = 5;
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV6, {}) + 5, 'x');
  BuildPacket(flow, segment, 0, packet);
  BOOST_TEST(packet.size() == 65U);
  BOOST_TEST(LoadBe16(&packet[4]) == 25);
  BOOST_TEST(packet[6] == 6);
}

BOOST_AUTO_TEST_CASE(EveryBuiltDatagramParsesBackToItself) {
  Prng prng(20260502);
  const WantedDatagrams any = [](const FlowKey&) { return true; };
  for (int i = 0; i < 3000; ++i) {
    BOOST_TEST_CONTEXT("datagram " << i) {
      const FlowKey flow = RandomFlow(prng);
      const IpFamily family = flow.local.address.family();
      const std::size_t header = DatagramHeaderLength(family);
      const std::size_t longest = LongestDatagram(family);
      const std::size_t length = i < 2 ? longest : prng.Below(prng.Below(10) == 0 ? longest : 99);
      std::vector<std::uint8_t> packet(header + length);
      for (std::uint8_t& byte : packet) byte = static_cast<std::uint8_t>(prng.Next());
      const std::vector<std::uint8_t> payload(packet.begin() + static_cast<std::ptrdiff_t>(header),
                                              packet.end());
      BuildDatagram(flow, static_cast<std::uint16_t>(prng.Next()), packet);
      ConstBytes fragment;
      const auto parsed = ParseDatagram({LinkType::kRawIp, packet, packet.size()}, any, fragment);
      BOOST_REQUIRE(parsed.has_value());
      BOOST_TEST((parsed->flow == flow));
      BOOST_TEST(std::ranges::equal(parsed->payload, payload));
      const ConstBytes datagram = ConstBytes(packet).subspan(header - 8);
      BOOST_TEST(UdpChecksum(flow.local.address, flow.peer.address, datagram) == 0xffff);
    }
  }
}

}  // namespace
}  // namespace tcpcopy
