#include "netstack/wire/packet_reader.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "netstack/wire/build_packet.h"
#include "netstack/wire/ip_fragmenter.h"
#include "netstack/wire/ip_payload.h"
#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using Bytes = std::vector<std::uint8_t>;

constexpr Duration kNow = 1000s;

std::string Text(std::size_t length) {
  std::string text(length, '\0');
  for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

Bytes TcpPacket(const std::string& payload) {
  const FlowKey flow{{IpAddress::V4(0x0A000001), 4000}, {IpAddress::V4(0x0A000002), 80}};
  TcpSegment segment;
  segment.flags.bits = TcpFlags::kAck;
  segment.payload_length = static_cast<std::uint32_t>(payload.size());
  Bytes packet(HeaderLength(IpFamily::kV4, {}));
  packet.insert(packet.end(), payload.begin(), payload.end());
  BuildPacket(flow, segment, 7, packet);
  return packet;
}

/// `packet` inside another one of IPv4.
Bytes InIpv4(const Bytes& packet) {
  Bytes outer{0x45, 0, 0, 0, 0, 9, 0, 0, 64, kIpProtocolIpv4, 0, 0, 10, 9, 0, 1, 10, 9, 0, 2};
  outer.insert(outer.end(), packet.begin(), packet.end());
  StoreBe16(&outer[2], static_cast<std::uint16_t>(outer.size()));
  return outer;
}

/// The two pieces of `packet`, cut behind `size` bytes (a multiple of 8) of its payload.
std::vector<Bytes> InTwo(const Bytes& packet, std::ptrdiff_t size) {
  Bytes first(packet.begin(), packet.begin() + 20 + size);
  StoreBe16(&first[2], static_cast<std::uint16_t>(first.size()));
  first[6] = 0x20;
  Bytes second(packet.begin(), packet.begin() + 20);
  second.insert(second.end(), packet.begin() + 20 + size, packet.end());
  StoreBe16(&second[2], static_cast<std::uint16_t>(second.size()));
  StoreBe16(&second[6], static_cast<std::uint16_t>(size / 8));
  return {first, second};
}

/// The payload that `reader` gets to see, or the error.
std::string Read(PacketReader& reader, const Bytes& packet) {
  const auto view = reader.Read({LinkType::kRawIp, packet, packet.size()}, kNow);
  if (!view) return std::string(ToString(view.error()));
  return {view->segment.payload.begin(), view->segment.payload.end()};
}

BOOST_AUTO_TEST_CASE(WholePacketsAreReadAtOnce) {
  PacketReader reader;
  BOOST_TEST(Read(reader, TcpPacket("hello")) == "hello");
  BOOST_TEST(Read(reader, InIpv4(TcpPacket("in a tunnel"))) == "in a tunnel");
  BOOST_TEST(Read(reader, {0x55}) == "not IP");
}

BOOST_AUTO_TEST_CASE(FragmentsOfTheOutermostPacketAreReassembled) {
  PacketReader reader;
  const auto pieces = InTwo(TcpPacket(Text(300)), 160);
  BOOST_TEST(Read(reader, pieces[1]) == "IP fragment");
  BOOST_TEST(Read(reader, pieces[0]) == Text(300));
}

BOOST_AUTO_TEST_CASE(ATunnelThatWasFragmentedOutsideIsReassembled) {
  PacketReader reader;
  const auto pieces = InTwo(InIpv4(TcpPacket(Text(300))), 160);
  BOOST_TEST(Read(reader, pieces[0]) == "IP fragment");
  BOOST_TEST(Read(reader, pieces[1]) == Text(300));
}

BOOST_AUTO_TEST_CASE(FragmentsInsideATunnelAreReassembled) {
  PacketReader reader;
  const auto pieces = InTwo(TcpPacket(Text(300)), 160);
  BOOST_TEST(Read(reader, InIpv4(pieces[0])) == "IP fragment");
  BOOST_TEST(Read(reader, InIpv4(pieces[1])) == Text(300));
}

BOOST_AUTO_TEST_CASE(FragmentsInsideFragmentsAreReassembled) {
  PacketReader reader;
  const auto inner = InTwo(TcpPacket(Text(300)), 160);
  for (const Bytes& piece : inner) {
    Bytes outer = InIpv4(piece);
    outer[5] = &piece == &inner[0] ? 1 : 2;  // identification
    const auto pieces = InTwo(outer, 40);
    BOOST_TEST(Read(reader, pieces[0]) == "IP fragment");
    BOOST_TEST(Read(reader, pieces[1]) == (&piece == &inner[0] ? "IP fragment" : Text(300)));
  }
}

/// A tunnel whose every layer waits for the last piece of the next one.
BOOST_AUTO_TEST_CASE(PiecesThatMakeEachOtherWholeAreFollowedOnlySoDeep) {
  constexpr int kDepth = 2 * kMaxTunnels;
  PacketReader reader;
  Bytes packet = TcpPacket(Text(64));
  for (int i = 0; i < kDepth; ++i) {
    packet[4] = 1;
    packet[5] = static_cast<std::uint8_t>(i);
    const auto pieces = InTwo(packet, 16);
    BOOST_TEST(Read(reader, pieces[0]) == "IP fragment");
    packet = InIpv4(pieces[1]);
  }
  BOOST_TEST(Read(reader, packet) == "IP fragment");
}

/// A datagram of 65,507 bytes is the longest.
BOOST_AUTO_TEST_CASE(FragmentedDatagramsAreReassembledThroughTunnels) {
  const FlowKey flow{{IpAddress::V4(0x0A000001), 4000}, {IpAddress::V4(0x0A000002), 53}};
  Bytes datagram(DatagramHeaderLength(IpFamily::kV4) + LongestDatagram(IpFamily::kV4), 7);
  BuildDatagram(flow, 7, datagram);
  IpFragmenter pieces(datagram, 1400, 0);
  PacketReader reader;
  const WantedDatagrams any = [](const FlowKey&) { return true; };
  while (pieces.left() > 0) {
    const bool last = pieces.left() == 1;
    Bytes piece(1400);
    piece.resize(pieces.Next(piece));
    const Bytes outer = InIpv4(piece);
    const auto view = reader.ReadDatagram({LinkType::kRawIp, outer, outer.size()}, any, kNow);
    BOOST_TEST_REQUIRE(view.has_value() == last);
    if (!last) continue;
    BOOST_TEST((view->flow == flow));
    BOOST_TEST(std::ranges::equal(view->payload, ConstBytes(datagram).subspan(28)));
  }
}

}  // namespace
}  // namespace tcpcopy
