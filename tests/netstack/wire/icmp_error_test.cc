#include "netstack/wire/icmp_error.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/wire/build_packet.h"
#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

FlowKey Flow(bool v4) {
  return {{*IpAddress::Parse(v4 ? "10.0.0.1" : "2001:db8::1"), 4000},
          {*IpAddress::Parse(v4 ? "10.0.0.2" : "2001:db8::2"), 80}};
}

/// A message from 10.9.9.9 or 2020:2020:... about a SYN of `Flow`, of which it quotes `quoted`
/// bytes behind the IP header.
Bytes Message(bool v4, std::uint8_t type, std::uint8_t code, std::size_t quoted = 20) {
  TcpSegment segment;
  segment.seq = SeqNum(77);
  segment.flags.bits = TcpFlags::kSyn;
  Bytes packet(HeaderLength(v4 ? IpFamily::kV4 : IpFamily::kV6, {}));
  BuildPacket(Flow(v4), segment, 7, packet);
  packet.resize((v4 ? 20 : 40) + quoted);

  Bytes outer = v4 ? Bytes{0x45, 0, 0, 0, 0, 9, 0, 0, 64, 1, 0, 0, 10, 9, 9, 9, 10, 0, 0, 1}
                   : Bytes{0x60, 0, 0, 0, 0, 0, 58, 64};
  if (!v4) outer.resize(40, 0x20);
  const Bytes icmp{type, code, 0, 0, 0, 0, 5, 0};
  outer.insert(outer.end(), icmp.begin(), icmp.end());
  outer.insert(outer.end(), packet.begin(), packet.end());
  const std::size_t length = v4 ? outer.size() : outer.size() - 40;
  StoreBe16(&outer[v4 ? 2 : 4], static_cast<std::uint16_t>(length));
  return outer;
}

std::optional<IcmpError> Parse(const Bytes& packet) {
  return IcmpError::Parse({LinkType::kRawIp, packet, packet.size()});
}

BOOST_AUTO_TEST_CASE(TellsWhoSaysWhatOfWhichPacket) {
  for (const bool v4 : {true, false}) {
    const Bytes message = Message(v4, v4 ? 3 : 1, 1, 8);
    const auto error = Parse(message);
    BOOST_TEST_REQUIRE(error.has_value());
    BOOST_TEST(error->from.ToString() ==
               (v4 ? "10.9.9.9" : "2020:2020:2020:2020:2020:2020:2020:2020"));
    BOOST_TEST(error->IsUnreachable());
    BOOST_TEST(int{error->code} == 1);
    BOOST_TEST(error->rest == 0x500U);
    BOOST_TEST((error->flow == Flow(v4)));
    BOOST_TEST((error->seq == SeqNum(77)));
    BOOST_TEST(error->quoted.size() == (v4 ? 28U : 48U));
  }
}

BOOST_AUTO_TEST_CASE(TheTypesOfTheFamiliesDiffer) {
  BOOST_TEST(!Parse(Message(true, 1, 0)).value().IsUnreachable());
  BOOST_TEST(!Parse(Message(false, 3, 0)).value().IsUnreachable());  // time exceeded
}

BOOST_AUTO_TEST_CASE(WhatIsCutOrNoErrorIsNone) {
  for (const bool v4 : {true, false}) {
    const Bytes message = Message(v4, 3, 1, 8);
    for (std::size_t length = 0; length < message.size(); ++length) {
      BOOST_TEST(
          !Parse(Bytes(message.begin(), message.begin() + static_cast<std::ptrdiff_t>(length))));
    }
    Bytes no_icmp = message;
    no_icmp[v4 ? 9 : 6] = 6;
    BOOST_TEST(!Parse(no_icmp));
    Bytes no_tcp = message;
    no_tcp[v4 ? 20 + 8 + 9 : 40 + 8 + 6] = 17;
    BOOST_TEST(!Parse(no_tcp));
  }
}

/// What routers and targets tell of datagrams, also of the first piece of a fragmented one.
BOOST_AUTO_TEST_CASE(QuotesOfDatagrams) {
  for (const bool v4 : {true, false}) {
    Bytes message = Message(v4, v4 ? 3 : 1, v4 ? 3 : 4, 8);
    const Frame frame{LinkType::kRawIp, message, message.size()};
    const std::size_t inner = v4 ? 28 : 48;
    message[inner + (v4 ? 9 : 6)] = kIpProtocolUdp;
    BOOST_TEST(!IcmpError::Parse(frame).has_value());
    BOOST_TEST_REQUIRE(IcmpError::Parse(frame, kIpProtocolUdp).has_value());
    BOOST_TEST((IcmpError::Parse(frame, kIpProtocolUdp)->flow == Flow(v4)));
    if (!v4) continue;
    StoreBe16(&message[inner + 2], 1500);
    message[inner + 6] = 0x20;  // the first piece
    BOOST_TEST((IcmpError::Parse(frame, kIpProtocolUdp)->flow == Flow(v4)));
    message[inner + 7] = 1;  // another one has no ports
    BOOST_TEST(!IcmpError::Parse(frame, kIpProtocolUdp).has_value());
  }
}

}  // namespace
}  // namespace tcpcopy
