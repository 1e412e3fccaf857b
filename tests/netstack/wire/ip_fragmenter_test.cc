#include "netstack/wire/ip_fragmenter.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/base/prng.h"
#include "netstack/wire/build_packet.h"
#include "netstack/wire/checksum.h"
#include "netstack/wire/ip_fragment.h"
#include "netstack/wire/ip_reassembler.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes Packet(bool v4, std::size_t payload, Prng& prng) {
  const FlowKey flow{{*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000},
                     {*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), 53}};
  const IpFamily family = v4 ? IpFamily::kV4 : IpFamily::kV6;
  Bytes packet(DatagramHeaderLength(family) + payload);
  for (std::uint8_t& byte : packet) byte = static_cast<std::uint8_t>(prng.Next());
  BuildDatagram(flow, 77, packet);
  return packet;
}

std::vector<Bytes> Pieces(const Bytes& packet, std::size_t mtu) {
  std::vector<Bytes> pieces;
  IpFragmenter fragmenter(packet, mtu, 0x12345678);
  while (fragmenter.left() > 0) {
    const std::size_t left = fragmenter.left();
    Bytes piece(mtu, 0xEE);
    piece.resize(fragmenter.Next(piece));
    pieces.push_back(std::move(piece));
    BOOST_TEST_REQUIRE(fragmenter.left() == left - 1);
  }
  return pieces;
}

BOOST_AUTO_TEST_CASE(WhatFitsStaysAsItIs) {
  Prng prng(1);
  for (const bool v4 : {true, false}) {
    const Bytes packet = Packet(v4, 100, prng);
    const auto pieces = Pieces(packet, packet.size());
    BOOST_TEST_REQUIRE(pieces.size() == 1U);
    BOOST_TEST((pieces[0] == packet));
  }
}

BOOST_AUTO_TEST_CASE(FieldsOfRfc791) {
  Prng prng(2);
  const auto pieces = Pieces(Packet(true, 2000, prng), 1500);
  BOOST_TEST_REQUIRE(pieces.size() == 2U);
  BOOST_TEST(pieces[0].size() == 1500U);
  BOOST_TEST(LoadBe16(&pieces[0][4]) == 77);
  BOOST_TEST(LoadBe16(&pieces[0][6]) == 0x2000);
  BOOST_TEST(LoadBe16(&pieces[1][6]) == 1480 / 8);
  BOOST_TEST(pieces[1].size() == 20U + 2008 - 1480);
  for (const Bytes& piece : pieces) BOOST_TEST(InternetChecksum(ConstBytes(piece).first(20)) == 0);
}

BOOST_AUTO_TEST_CASE(FieldsOfRfc8200) {
  Prng prng(3);
  const auto pieces = Pieces(Packet(false, 2000, prng), 1500);
  BOOST_TEST_REQUIRE(pieces.size() == 2U);
  for (const Bytes& piece : pieces) {
    BOOST_TEST(int{piece[6]} == 44);
    BOOST_TEST(LoadBe16(&piece[4]) == piece.size() - 40);
    BOOST_TEST(int{piece[40]} == 17);
    BOOST_TEST(int{piece[41]} == 0);
    BOOST_TEST(LoadBe32(&piece[44]) == 0x12345678U);
  }
  BOOST_TEST(pieces[0].size() == 1496U);  // 1448 bytes are whole units
  BOOST_TEST(LoadBe16(&pieces[0][42]) == 1);
  BOOST_TEST(LoadBe16(&pieces[1][42]) == 1448);
}

/// All sizes and every MTU: the pieces fit, and in any order they make the packet whole again, if
/// there are not too many.
BOOST_AUTO_TEST_CASE(TheReassemblerMakesThePacketWholeAgain) {
  Prng prng(4);
  for (int i = 0; i < 300; ++i) {
    const bool v4 = prng.Below(2) == 0;
    const std::size_t longest = LongestDatagram(v4 ? IpFamily::kV4 : IpFamily::kV6);
    const std::size_t length = i < 4 ? longest : prng.Below(prng.Below(4) == 0 ? longest : 4000);
    const Bytes packet = Packet(v4, length, prng);
    const std::size_t mtu = IpFragmenter::kLeastMtu + prng.Below(prng.Below(3) == 0 ? 60 : 9000);
    auto pieces = Pieces(packet, mtu);
    BOOST_TEST_CONTEXT("v4 " << v4 << ", payload " << length << ", MTU " << mtu) {
      if (pieces.size() == 1) {
        BOOST_TEST((pieces[0] == packet));
        continue;
      }
      for (std::size_t left = pieces.size(); left > 1; --left) {
        std::swap(pieces[left - 1], pieces[prng.Below(left)]);
      }
      IpReassembler reassembler;
      ConstBytes whole;
      for (const Bytes& piece : pieces) {
        BOOST_TEST_REQUIRE(piece.size() <= mtu);
        BOOST_TEST_REQUIRE(whole.empty());
        whole = reassembler.Add(piece, Duration(0));
      }
      const bool few = pieces.size() <= IpReassembler::kMaxPieces;
      BOOST_TEST((Bytes(whole.begin(), whole.end()) == (few ? packet : Bytes())));
    }
  }
}

}  // namespace
}  // namespace tcpcopy
