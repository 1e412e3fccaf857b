#include "netstack/wire/ip_reassembler.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/wire/build_packet.h"
#include "netstack/wire/packet_view.h"
#include "tests/heap_use.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Packet = std::vector<std::uint8_t>;

Packet TcpPacket(bool ipv6, const std::string& payload, std::uint16_t id = 7) {
  const auto address = [&](const char* v4, const char* v6) {
    return *IpAddress::Parse(ipv6 ? v6 : v4);
  };
  const FlowKey flow{{address("10.0.0.1", "2001:db8::1"), 4000},
                     {address("10.0.0.2", "2001:db8::2"), 80}};
  TcpSegment segment;
  segment.flags.bits = TcpFlags::kAck;
  segment.payload_length = static_cast<std::uint32_t>(payload.size());
  const std::size_t header = HeaderLength(flow.local.address.family(), {});
  Packet packet(header + payload.size());
  std::copy(payload.begin(), payload.end(), packet.begin() + static_cast<std::ptrdiff_t>(header));
  BuildPacket(flow, segment, id, packet);
  return packet;
}

/// Cuts `packet` into pieces of `size` payload bytes (a multiple of 8).
std::vector<Packet> Fragments(const Packet& packet, std::size_t size, std::uint32_t id = 7) {
  const bool ipv6 = packet[0] >> 4 == 6;
  const std::size_t header = ipv6 ? 40 : 20;
  std::vector<Packet> pieces;
  for (std::size_t at = header; at < packet.size(); at += size) {
    const std::size_t length = std::min(size, packet.size() - at);
    const bool more = at + length < packet.size();
    Packet piece(packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(header));
    if (ipv6) {
      piece[6] = 44;
      piece.insert(piece.end(), {6, 0, 0, 0, 0, 0, 0, 0});
      StoreBe16(piece.data() + 42, static_cast<std::uint16_t>((at - header) | (more ? 1 : 0)));
      StoreBe32(piece.data() + 44, id);
      StoreBe16(piece.data() + 4, static_cast<std::uint16_t>(8 + length));
    } else {
      StoreBe16(piece.data() + 2, static_cast<std::uint16_t>(header + length));
      StoreBe16(piece.data() + 6,
                static_cast<std::uint16_t>((at - header) / 8 | (more ? 0x2000 : 0)));
    }
    const auto from = packet.begin() + static_cast<std::ptrdiff_t>(at);
    piece.insert(piece.end(), from, from + static_cast<std::ptrdiff_t>(length));
    pieces.push_back(std::move(piece));
  }
  return pieces;
}

std::string PayloadOf(ConstBytes packet) {
  const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
  if (!view) return "does not parse";
  return {view->segment.payload.begin(), view->segment.payload.end()};
}

std::string Text(std::size_t length) {
  std::string text(length, '\0');
  for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>('a' + i % 23);
  return text;
}

BOOST_AUTO_TEST_CASE(PiecesInAnyOrderAndTwiceMakeTheWholePacket) {
  Prng prng(3);
  for (int round = 0; round < 200; ++round) {
    IpReassembler reassembler;
    const std::string text = Text(1 + prng.Below(4000));
    std::vector<Packet> pieces =
        Fragments(TcpPacket(round % 2 == 0, text), 8 * (2 + prng.Below(100)));
    if (pieces.size() < 2) continue;
    pieces.push_back(pieces[prng.Below(pieces.size())]);
    for (std::size_t i = pieces.size(); i > 1; --i) std::swap(pieces[i - 1], pieces[prng.Below(i)]);
    std::string got;
    for (const Packet& piece : pieces) {
      const ConstBytes whole = reassembler.Add(piece, 0s);
      if (!whole.empty()) got = PayloadOf(whole);
    }
    BOOST_REQUIRE_EQUAL(got, text);
  }
}

BOOST_AUTO_TEST_CASE(PacketsOfDifferentIdentificationAreApart) {
  IpReassembler reassembler;
  const auto a = Fragments(TcpPacket(false, Text(100), 1), 64);
  const auto b = Fragments(TcpPacket(false, std::string(100, 'z'), 2), 64);
  BOOST_TEST(reassembler.Add(a[0], 0s).empty());
  BOOST_TEST(reassembler.Add(b[1], 0s).empty());
  BOOST_TEST(reassembler.pending() == 2U);
  BOOST_TEST(PayloadOf(reassembler.Add(a[1], 0s)) == Text(100));
  BOOST_TEST(PayloadOf(reassembler.Add(b[0], 0s)) == std::string(100, 'z'));
  BOOST_TEST(reassembler.pending() == 0U);
}

BOOST_AUTO_TEST_CASE(WhatIsNoFragmentIsLeftAlone) {
  IpReassembler reassembler;
  BOOST_TEST(reassembler.Add(TcpPacket(false, "x"), 0s).empty());
  BOOST_TEST(reassembler.Add(TcpPacket(true, "x"), 0s).empty());
  BOOST_TEST(reassembler.Add({}, 0s).empty());
  BOOST_TEST(reassembler.pending() == 0U);
}

BOOST_AUTO_TEST_CASE(APacketThatIsNeverCompleteIsGivenUp) {
  IpReassembler reassembler;
  const auto pieces = Fragments(TcpPacket(false, Text(100)), 64);
  BOOST_TEST(reassembler.Add(pieces[0], 0s).empty());
  BOOST_TEST(reassembler.Add(pieces[1], IpReassembler::kPatience).empty());
  BOOST_TEST(reassembler.pending() == 1U);  // the second piece began a new one
}

BOOST_AUTO_TEST_CASE(ACopyOfAPieceIsNeverJoinedWithTheNextPacketOfItsIdentification) {
  for (const bool ipv6 : {false, true}) {
    for (const auto until_reuse : {Duration(5ms), Duration(29s)}) {
      IpReassembler reassembler;
      const std::string next(100, 'z');
      const auto a = Fragments(TcpPacket(ipv6, Text(100)), 64);
      const auto b = Fragments(TcpPacket(ipv6, next), 64);
      for (const Packet& piece : {a[0], a[0]}) BOOST_TEST(reassembler.Add(piece, 0s).empty());
      BOOST_TEST(PayloadOf(reassembler.Add(a[1], 0s)) == Text(100));
      BOOST_TEST(reassembler.Add(a[1], 1ms).empty());
      BOOST_TEST(reassembler.pending() == 0U);
      BOOST_TEST(reassembler.Add(b[0], until_reuse).empty());
      BOOST_TEST(PayloadOf(reassembler.Add(b[1], until_reuse)) == next);
    }
  }
}

BOOST_AUTO_TEST_CASE(CopiesOfAWholePacketGiveNothingMore) {
  IpReassembler reassembler;
  const auto pieces = Fragments(TcpPacket(false, Text(300)), 64);
  int wholes = 0;
  for (int round = 0; round < 3; ++round) {
    for (const Packet& piece : pieces) wholes += reassembler.Add(piece, 0s).empty() ? 0 : 1;
  }
  BOOST_TEST(wholes == 1);
  BOOST_TEST(reassembler.pending() == 0U);
}

BOOST_AUTO_TEST_CASE(FinishedPacketsAreForgotten) {
  IpReassembler reassembler;
  const auto finish = [&](std::uint16_t id, Duration now) {
    for (const Packet& piece : Fragments(TcpPacket(false, Text(100), id), 64)) {
      reassembler.Add(piece, now);
    }
  };
  for (std::uint16_t id = 0; id < 1000; ++id) {
    finish(id, 0s);
    BOOST_REQUIRE(reassembler.finished() <= IpReassembler::kMaxPackets);
  }
  finish(1000, IpReassembler::kRepeats);
  BOOST_TEST(reassembler.finished() == 1U);
}

BOOST_AUTO_TEST_CASE(FinishedPacketsTakeNoRoomFromThoseThatWait) {
  IpReassembler reassembler;
  const auto slow = Fragments(TcpPacket(false, Text(100), 5000), 64);
  reassembler.Add(slow[0], 0s);
  for (std::uint16_t id = 0; id < 1000; ++id) {
    for (const Packet& piece : Fragments(TcpPacket(false, Text(100), id), 64)) {
      reassembler.Add(piece, 0s);
    }
  }
  BOOST_TEST(PayloadOf(reassembler.Add(slow[1], 0s)) == Text(100));
}

BOOST_AUTO_TEST_CASE(TheNumberOfPacketsIsBounded) {
  IpReassembler reassembler;
  for (std::uint16_t id = 0; id < 1000; ++id) {
    reassembler.Add(Fragments(TcpPacket(false, Text(100), id), 64)[0], 0s);
    BOOST_REQUIRE(reassembler.pending() <= IpReassembler::kMaxPackets);
  }
}

BOOST_AUTO_TEST_CASE(OverlappingPiecesAreBounded) {
  IpReassembler reassembler;
  const Packet packet = TcpPacket(false, std::string(60'000, 'x'));
  Packet piece = Fragments(packet, 40'000)[0];
  for (std::uint16_t at = 1; at < 3000; ++at) {  // ever the same bytes, eight further each time
    StoreBe16(piece.data() + 6, static_cast<std::uint16_t>(at | 0x2000));
    BOOST_REQUIRE(reassembler.Add(piece, 0s).empty());
    BOOST_REQUIRE(reassembler.pending() <= 1U);
  }
}

BOOST_AUTO_TEST_CASE(TheLongestPacketInPiecesOfTheLeastMtuIsPutTogether) {
  IpReassembler reassembler;
  const std::string text = Text(65'535 - 40);
  std::vector<Packet> pieces = Fragments(TcpPacket(false, text), 552);
  BOOST_TEST(pieces.size() == 119U);
  std::string got;
  for (const Packet& piece : pieces) {
    const ConstBytes whole = reassembler.Add(piece, 0s);
    if (!whole.empty()) got = PayloadOf(whole);
  }
  BOOST_TEST((got == text));
}

BOOST_AUTO_TEST_CASE(APacketInTooManyPiecesIsGivenUp) {
  for (const std::size_t count : {IpReassembler::kMaxPieces, IpReassembler::kMaxPieces + 1}) {
    IpReassembler reassembler;
    std::size_t wholes = 0;
    for (const Packet& piece : Fragments(TcpPacket(false, Text(8 * count - 20)), 8)) {
      if (!reassembler.Add(piece, 0s).empty()) ++wholes;
    }
    BOOST_TEST(wholes == (count == IpReassembler::kMaxPieces ? 1U : 0U));
    BOOST_TEST(reassembler.pending() == 0U);
  }
}

/// However a packet is cut, as many as can be whole, and as many more that lack a piece.
BOOST_AUTO_TEST_CASE(TheMemoryIsBounded) {
  for (const std::size_t size : {8U, 256U, 552U, 1480U, 32'768U}) {
    const std::size_t most = std::min<std::size_t>(65'535, size * IpReassembler::kMaxPieces);
    std::vector<Packet> pieces = Fragments(TcpPacket(false, Text(most - 40)), size);
    const std::size_t before = testing::HeapUse();
    IpReassembler reassembler;
    for (std::uint16_t id = 0; id < 2 * IpReassembler::kMaxPackets; ++id) {
      const std::size_t first = id < IpReassembler::kMaxPackets ? 0 : 1;
      for (std::size_t i = first; i < pieces.size(); ++i) {
        StoreBe16(pieces[i].data() + 4, id);
        reassembler.Add(pieces[i], 0s);
      }
    }
    BOOST_TEST(reassembler.finished() == IpReassembler::kMaxPackets);
    BOOST_TEST(reassembler.pending() == IpReassembler::kMaxPackets);
    BOOST_TEST_INFO(size);
    const std::size_t used = testing::HeapUse() - before;
    BOOST_TEST(used < IpReassembler::kMostMemory);
  }
}

/// Pieces of ever the same bytes, eight further each time, are what takes most.
BOOST_AUTO_TEST_CASE(TheMemoryOfOverlappingPiecesIsBounded) {
  for (const std::size_t size : {8U, 64U, 264U, 400U, 1480U, 20'000U, 49'000U}) {
    Packet piece = Fragments(TcpPacket(false, Text(60'000)), size / 8 * 8)[0];
    const std::size_t before = testing::HeapUse();
    IpReassembler reassembler;
    std::size_t most = 0;
    for (std::uint16_t at = 1; at <= IpReassembler::kMaxPieces + 1; ++at) {
      StoreBe16(piece.data() + 6, static_cast<std::uint16_t>(at | 0x2000));
      for (std::uint16_t id = 0; id < IpReassembler::kMaxPackets; ++id) {
        StoreBe16(piece.data() + 4, id);
        BOOST_REQUIRE(reassembler.Add(piece, 0s).empty());
      }
      most = std::max(most, testing::HeapUse() - before);
    }
    BOOST_TEST_INFO(size);
    BOOST_TEST(most < IpReassembler::kMostMemory);
  }
}

BOOST_AUTO_TEST_CASE(RandomBytesDoNoHarm) {
  IpReassembler reassembler;
  Prng prng(9);
  for (int round = 0; round < 20'000; ++round) {
    Packet packet = Fragments(TcpPacket(prng.Below(2) == 0, Text(200)), 64)[prng.Below(3)];
    for (int i = 0; i < 3; ++i) {
      packet[prng.Below(packet.size())] = static_cast<std::uint8_t>(prng.Next());
    }
    packet.resize(1 + prng.Below(packet.size()));
    reassembler.Add(packet, Duration(static_cast<Duration::rep>(prng.Below(1'000'000'000))));
  }
  BOOST_TEST(reassembler.pending() <= IpReassembler::kMaxPackets);
}

BOOST_AUTO_TEST_CASE(AClockThatIsSetBackKeepsNothingAlive) {
  IpReassembler reassembler;
  const auto lost = Fragments(TcpPacket(false, Text(100), 1), 64);
  const auto whole = Fragments(TcpPacket(false, Text(100), 2), 64);
  constexpr Duration kBefore = 3600s;
  reassembler.Add(lost[0], kBefore);
  for (const Packet& piece : whole) reassembler.Add(piece, kBefore);
  BOOST_TEST(reassembler.pending() == 1U);
  BOOST_TEST(reassembler.finished() == 1U);
  // The identification is used again, for the same bytes.
  reassembler.Add(whole[0], 0s);
  BOOST_TEST(reassembler.pending() == 1U);
  BOOST_TEST(reassembler.finished() == 0U);
  BOOST_TEST(PayloadOf(reassembler.Add(whole[1], 0s)) == Text(100));
}

}  // namespace
}  // namespace tcpcopy
