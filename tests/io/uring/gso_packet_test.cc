#include "src/io/uring/gso_packet.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <utility>
#include <vector>

#include "netstack/wire/build_packet.h"
#include "tests/io/uring/cut_gso.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes LinkHeader(bool v4, bool with_vlan) {
  EthernetHeader ethernet;
  if (with_vlan) ethernet.vlan = VlanTag{42, 3};
  Bytes header(EthernetHeader::kMaxBytes);
  header.resize(ethernet.Write(v4 ? IpFamily::kV4 : IpFamily::kV6, header));
  return header;
}

Bytes Gathered(const msghdr& message) {
  Bytes all;
  for (std::size_t i = 0; i < message.msg_iovlen; ++i) {
    const auto* const part = static_cast<const std::uint8_t*>(message.msg_iov[i].iov_base);
    all.insert(all.end(), part, part + message.msg_iov[i].iov_len);
  }
  return all;
}

/// A connection that sends.
struct Sender {
  explicit Sender(bool is_v4 = true) : v4(is_v4) {
    const auto ip = [&](const char* four, const char* six) {
      return IpAddress::Parse(v4 ? four : six).value();
    };
    flow = {{ip("10.0.0.1", "2001:db8::1"), 40000}, {ip("10.0.0.2", "2001:db8::2"), 80}};
    segment.seq = SeqNum(0xffffff00);  // wraps on the way
    segment.ack = SeqNum(77);
    segment.flags = {TcpFlags::kAck};
    segment.window = 500;
    segment.options.timestamps = TcpTimestamps{1, 2};
  }

  /// The next packet, with a payload of so many bytes.
  Bytes Next(std::size_t length, std::uint8_t more_flags = 0) {
    TcpSegment one = segment;
    one.flags.bits |= more_flags;
    one.payload_length = static_cast<std::uint32_t>(length);
    const std::size_t header = HeaderLength(flow.local.address.family(), one.options);
    Bytes packet(header + length);
    for (std::size_t i = header; i < packet.size(); ++i) {
      packet[i] = static_cast<std::uint8_t>(filler = filler * 5 + 3);
    }
    BuildPacket(flow, one, id++, packet);
    segment.seq += static_cast<std::uint32_t>(length);
    return packet;
  }

  bool v4;
  FlowKey flow;
  TcpSegment segment;
  std::uint16_t id = 0xfffe;
  std::uint32_t filler = 1;
};

/// `packets` as frames, by way of a GsoPacket that takes them all.
void ExpectSame(const std::vector<Bytes>& packets, const Bytes& link_header) {
  GsoPacket gso;
  BOOST_REQUIRE(gso.Begin(link_header, packets[0], {}));
  for (std::size_t i = 1; i < packets.size(); ++i) BOOST_REQUIRE(gso.Append(packets[i]));
  BOOST_TEST(gso.count() == packets.size());
  const std::vector<Bytes> frames = testing::CutGso(Gathered(gso.Finish()));
  BOOST_REQUIRE(frames.size() == packets.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    Bytes expected = link_header;
    expected.insert(expected.end(), packets[i].begin(), packets[i].end());
    BOOST_TEST(frames[i] == expected, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(CutAgainItIsTheSameFrames) {
  for (const bool v4 : {true, false}) {
    for (const bool with_vlan : {false, true}) {
      for (const bool with_timestamps : {false, true}) {
        Sender sender(v4);
        if (!with_timestamps) sender.segment.options.timestamps.reset();
        const std::vector<Bytes> packets{sender.Next(1400), sender.Next(1400), sender.Next(1400),
                                         sender.Next(77, TcpFlags::kPsh)};
        ExpectSame(packets, LinkHeader(v4, with_vlan));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(TheLastOneMayEndTheConnection) {
  Sender sender;
  ExpectSame({sender.Next(100), sender.Next(100, TcpFlags::kPsh | TcpFlags::kFin)},
             LinkHeader(true, false));
}

BOOST_AUTO_TEST_CASE(ItCanBeUsedAgain) {
  GsoPacket gso;
  const Bytes link_header = LinkHeader(true, false);
  for (int round = 0; round < 2; ++round) {
    Sender sender;
    const std::vector<Bytes> packets{sender.Next(50), sender.Next(50, TcpFlags::kPsh)};
    BOOST_REQUIRE(gso.Begin(link_header, packets[0], {}));
    BOOST_REQUIRE(gso.Append(packets[1]));
    BOOST_TEST(testing::CutGso(Gathered(gso.Finish())).size() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(AsMuchAsAnIpPacketCanHold) {
  for (const bool v4 : {true, false}) {
    Sender sender(v4);
    std::vector<Bytes> packets{sender.Next(1448)};
    GsoPacket gso;
    BOOST_REQUIRE(gso.Begin(LinkHeader(v4, false), packets[0], {}));
    std::size_t bytes = packets[0].size();
    while (true) {
      packets.push_back(sender.Next(1448));
      if (!gso.Append(packets.back())) break;
      bytes += 1448;
    }
    BOOST_TEST(bytes <= 0xffffU);
    BOOST_TEST(bytes + 1448 > 0xffffU);
    packets.pop_back();
    ExpectSame(packets, LinkHeader(v4, false));
  }
}

BOOST_AUTO_TEST_CASE(NoMoreThanItsRoom) {
  Sender sender;
  std::vector<Bytes> packets;
  GsoPacket gso;
  for (std::size_t i = 0; i < GsoPacket::kMostSegments; ++i) {
    packets.push_back(sender.Next(88));
    BOOST_TEST(!gso.is_complete());
    BOOST_TEST(
        (i == 0 ? gso.Begin(LinkHeader(true, false), packets[0], {}) : gso.Append(packets[i])));
  }
  BOOST_TEST(gso.is_complete());
  BOOST_TEST(!gso.Append(sender.Next(88)));
}

BOOST_AUTO_TEST_CASE(NoMoreThanTheDeviceTakes) {
  Sender sender;
  const std::vector<Bytes> packets{sender.Next(100), sender.Next(100), sender.Next(100)};
  GsoPacket gso;
  BOOST_REQUIRE(gso.Begin(LinkHeader(true, false), packets[0], {.packet_bytes = 252}));
  BOOST_TEST(gso.Append(packets[1]));
  BOOST_TEST(!gso.Append(packets[2]));
  BOOST_REQUIRE(gso.Begin(LinkHeader(true, false), packets[0], {.segments = 2}));
  BOOST_TEST(gso.Append(packets[1]));
  BOOST_TEST(gso.is_complete());
}

BOOST_AUTO_TEST_CASE(BehindAShorterOneAPushOrAFinNothingFollows) {
  for (const auto& [length, flags] : {std::pair{99U, 0}, {100U, 8}, {100U, 1}}) {
    Sender sender;
    const Bytes first = sender.Next(100),
                last = sender.Next(length, static_cast<std::uint8_t>(flags));
    GsoPacket gso;
    BOOST_REQUIRE(gso.Begin(LinkHeader(true, false), first, {}));
    BOOST_TEST(gso.Append(last));
    BOOST_TEST(gso.is_complete());
    BOOST_TEST(!gso.Append(sender.Next(99)));
  }
}

BOOST_AUTO_TEST_CASE(OnlyPlainDataBegins) {
  const Bytes link_header = LinkHeader(true, false);
  const auto begins = [&](const Bytes& packet) {
    GsoPacket gso;
    return gso.Begin(link_header, packet, {});
  };
  Sender sender;
  const Bytes good = sender.Next(100);
  BOOST_TEST(begins(good));
  BOOST_TEST(!begins(sender.Next(0)));
  for (std::uint8_t flag = 1; flag != 0; flag = static_cast<std::uint8_t>(flag << 1)) {
    if (flag != TcpFlags::kAck) BOOST_TEST(!begins(sender.Next(100, flag)));
  }
  const auto spoiled = [&](std::size_t at, std::uint8_t value) {
    Bytes packet = good;
    packet[at] = value;
    return packet;
  };
  BOOST_TEST(!begins(spoiled(0, 0x46)));   // IP options
  BOOST_TEST(!begins(spoiled(0, 0x65)));   // no version that we know
  BOOST_TEST(!begins(spoiled(3, 0)));      // another length
  BOOST_TEST(!begins(spoiled(6, 0x20)));   // a fragment
  BOOST_TEST(!begins(spoiled(9, 17)));     // UDP
  BOOST_TEST(!begins(spoiled(32, 0x40)));  // a TCP header of 16 bytes
  BOOST_TEST(!begins({}));
  BOOST_TEST(!begins(Bytes(good.begin(), good.begin() + 39)));
  const Bytes good6 = Sender(false).Next(100);
  Bytes with_extension = good6;
  with_extension[6] = 0;  // hop-by-hop
  BOOST_TEST(begins(good6));
  BOOST_TEST(!begins(with_extension));
}

/// Whatever the kernel would not make of the first one must go by itself.
BOOST_AUTO_TEST_CASE(OnlyTheNextOfTheSameHeadersFollows) {
  for (const bool v4 : {true, false}) {
    Sender sender(v4);
    const Bytes first = sender.Next(100), next = sender.Next(100);
    GsoPacket gso;
    BOOST_REQUIRE(gso.Begin(LinkHeader(v4, false), first, {}));
    const std::size_t header = next.size() - 100;
    const std::size_t ip_header = header - 32;
    for (std::size_t at = 0; at < header; ++at) {
      // Checksums follow from the rest.
      if (v4 && (at == 10 || at == 11)) continue;
      if (at == ip_header + 16 || at == ip_header + 17) continue;
      for (const unsigned bit : {0U, 3U, 7U}) {
        Bytes other = next;
        other[at] ^= static_cast<std::uint8_t>(1U << bit);
        if (at == ip_header + 13 && (bit == 0 || bit == 3)) continue;  // FIN and PSH may follow
        BOOST_TEST_CONTEXT("byte " << at << ", bit " << bit) { BOOST_TEST(!gso.Append(other)); }
      }
    }
    BOOST_TEST(!gso.Append(sender.Next(100)));  // a gap
    BOOST_TEST(!gso.Append(first));             // sent again
    BOOST_TEST(gso.count() == 1U);
    BOOST_TEST(gso.Append(next));
  }
}

}  // namespace
}  // namespace tcpcopy
