#include "netstack/wire/link.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

const Bytes kMacs(12, 0xAA);
const Bytes kSll(14, 0xBB);
const Bytes kAfterSll2Type(18, 0xCC);
const Bytes kV4{0x08, 0x00};
const Bytes kV6{0x86, 0xDD};
const Bytes kPppoe{0x11, 0, 0, 9, 0, 42};
const Bytes kLabel{0, 1, 0x10, 64};
const Bytes kLastLabel{0, 2, 0x11, 64};
/// Begins as no IP packet does; the other as one with an absurd length.
const Bytes kInnerMacs(12, 0x0A);
const Bytes kMacsLikeIp(12, 0x4C);

struct StripCase {
  std::string rule;
  LinkType link;
  Bytes header;
  IpFamily family;
};

const StripCase kStripCases[] = {
    {"Ethernet", LinkType::kEthernet, kMacs + kV4, IpFamily::kV4},
    {"Ethernet with IPv6", LinkType::kEthernet, kMacs + kV6, IpFamily::kV6},
    {"802.1Q", LinkType::kEthernet, kMacs + Bytes{0x81, 0, 0, 5} + kV4, IpFamily::kV4},
    {"802.1ad", LinkType::kEthernet, kMacs + Bytes{0x88, 0xA8, 0, 5, 0x81, 0, 0, 6} + kV6,
     IpFamily::kV6},
    {"QinQ of old", LinkType::kEthernet, kMacs + Bytes{0x91, 0, 0, 5, 0x81, 0, 0, 6} + kV4,
     IpFamily::kV4},
    {"SLL names its payload at its end", LinkType::kLinuxSll, kSll + kV4, IpFamily::kV4},
    {"SLL with a tag", LinkType::kLinuxSll, kSll + Bytes{0x81, 0, 0, 5} + kV6, IpFamily::kV6},
    {"SLL2 names its payload first", LinkType::kLinuxSll2, kV6 + kAfterSll2Type, IpFamily::kV6},
    {"SLL2 with a tag", LinkType::kLinuxSll2, Bytes{0x81, 0} + kAfterSll2Type + Bytes{0, 5} + kV4,
     IpFamily::kV4},
    {"loopback, little-endian", LinkType::kNull, {2, 0, 0, 0}, IpFamily::kV4},
    {"loopback, big-endian", LinkType::kNull, {0, 0, 0, 2}, IpFamily::kV4},
    {"loopback, IPv6 of Linux", LinkType::kNull, {10, 0, 0, 0}, IpFamily::kV6},
    {"loopback, IPv6 of OpenBSD", LinkType::kNull, {0, 0, 0, 24}, IpFamily::kV6},
    {"loopback, IPv6 of FreeBSD", LinkType::kNull, {28, 0, 0, 0}, IpFamily::kV6},
    {"loopback, IPv6 of macOS", LinkType::kNull, {30, 0, 0, 0}, IpFamily::kV6},
    {"OpenBSD loopback", LinkType::kLoop, {0, 0, 0, 2}, IpFamily::kV4},
    {"OpenBSD loopback with IPv6", LinkType::kLoop, {0, 0, 0, 24}, IpFamily::kV6},
    {"PPPoE", LinkType::kEthernet, kMacs + Bytes{0x88, 0x64} + kPppoe + Bytes{0x00, 0x21},
     IpFamily::kV4},
    {"PPPoE with IPv6 in a VLAN", LinkType::kEthernet,
     kMacs + Bytes{0x81, 0, 0, 5, 0x88, 0x64} + kPppoe + Bytes{0x00, 0x57}, IpFamily::kV6},
    {"PPPoE with a protocol of one byte", LinkType::kEthernet,
     kMacs + Bytes{0x88, 0x64} + kPppoe + Bytes{0x21}, IpFamily::kV4},
    {"PPPoE by link type", LinkType::kPppoeSession, kPppoe + Bytes{0x57}, IpFamily::kV6},
    {"PPP", LinkType::kPpp, {0x00, 0x21}, IpFamily::kV4},
    {"PPP with address and control", LinkType::kPpp, {0xFF, 0x03, 0x00, 0x57}, IpFamily::kV6},
    {"PPP with a protocol of one byte", LinkType::kPpp, {0xFF, 0x03, 0x21}, IpFamily::kV4},
    {"PPP with labels", LinkType::kPpp, Bytes{0x02, 0x81} + kLabel + kLastLabel, IpFamily::kV4},
    {"PPP that is Cisco's HDLC", LinkType::kPpp, {0x0F, 0x00, 0x86, 0xDD}, IpFamily::kV6},
    {"Cisco's HDLC", LinkType::kCiscoHdlc, {0x8F, 0x00, 0x08, 0x00}, IpFamily::kV4},
    {"one MPLS label", LinkType::kEthernet, kMacs + Bytes{0x88, 0x47} + kLastLabel, IpFamily::kV4},
    {"a stack of MPLS labels", LinkType::kEthernet,
     kMacs + Bytes{0x88, 0x47} + kLabel + kLabel + kLastLabel, IpFamily::kV6},
    {"an MPLS label assigned upstream", LinkType::kEthernet, kMacs + Bytes{0x88, 0x48} + kLastLabel,
     IpFamily::kV4},
    {"MPLS by link type", LinkType::kMpls, kLabel + kLastLabel, IpFamily::kV4},
    {"a pseudo-wire", LinkType::kEthernet,
     kMacs + Bytes{0x88, 0x47} + kLastLabel + kInnerMacs + kV4, IpFamily::kV4},
    {"a pseudo-wire with a control word", LinkType::kEthernet,
     kMacs + Bytes{0x88, 0x47} + kLastLabel + Bytes(4, 0) + kInnerMacs + kV6, IpFamily::kV6},
    {"a pseudo-wire with a control word and a VLAN", LinkType::kEthernet,
     kMacs + Bytes{0x88, 0x47} + kLastLabel + Bytes{0, 0, 0, 9} + kInnerMacs +
         Bytes{0x81, 0, 0, 7} + kV4,
     IpFamily::kV4},
    {"a pseudo-wire to an address that begins like IP", LinkType::kEthernet,
     kMacs + Bytes{0x88, 0x47} + kLastLabel + kMacsLikeIp + kV4, IpFamily::kV4},
    {"IPv4 by link type", LinkType::kIpv4, {}, IpFamily::kV4},
    {"IPv6 by link type", LinkType::kIpv6, {}, IpFamily::kV6},
    {"raw IP", LinkType::kRawIp, {}, IpFamily::kV4},
    {"raw IPv6", LinkType::kRawIp, {}, IpFamily::kV6},
};

Bytes PacketOf(IpFamily family) {
  return {static_cast<std::uint8_t>(family == IpFamily::kV4 ? 0x45 : 0x60), 0, 0, 60, 0, 20};
}

BOOST_AUTO_TEST_CASE(EveryLinkHeaderIsTakenOff) {
  for (const StripCase& test : kStripCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      const Bytes packet = PacketOf(test.family);
      const Bytes frame = test.header + packet;
      const auto stripped = StripLink({test.link, frame, frame.size() + 100});
      BOOST_TEST_REQUIRE(stripped.has_value());
      BOOST_TEST((stripped->family == test.family));
      BOOST_TEST(Bytes(stripped->packet.begin(), stripped->packet.end()) == packet,
                 boost::test_tools::per_element());
      BOOST_TEST(stripped->wire_length == packet.size() + 100);
    }
  }
}

BOOST_AUTO_TEST_CASE(AHeaderCutAnywhereIsTruncated) {
  for (const StripCase& test : kStripCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      for (std::size_t length = 0; length < test.header.size(); ++length) {
        const auto stripped = StripLink({test.link, ConstBytes(test.header).first(length), 100});
        BOOST_TEST_REQUIRE(!stripped.has_value());
        BOOST_TEST((stripped.error() == ParseError::kTruncated));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(OtherProtocolsAreNotIp) {
  const Bytes rest(30, 0);
  struct Case {
    LinkType link;
    Bytes header;
  };
  const Case cases[] = {
      {LinkType::kEthernet, kMacs + Bytes{0x08, 0x06}},                 // ARP
      {LinkType::kEthernet, kMacs + Bytes{0x88, 0xCC}},                 // LLDP
      {LinkType::kEthernet, kMacs + Bytes{0x00, 0x26}},                 // 802.3 length
      {LinkType::kEthernet, kMacs + Bytes{0x81, 0, 0, 5, 0x08, 0x06}},  // ARP in a VLAN
      {LinkType::kLinuxSll, kSll + Bytes{0x08, 0x06}},                  //
      {LinkType::kLinuxSll2, Bytes{0x08, 0x06} + kAfterSll2Type},       //
      {LinkType::kEthernet, kMacs + Bytes{0x88, 0x63} + kPppoe},        // PPPoE's discovery
      {LinkType::kPppoeSession, {0x11, 0x65}},                          //
      {LinkType::kPppoeSession, kPppoe + Bytes{0xC0, 0x21}},            // LCP
      {LinkType::kPpp, {0xFF, 0x03, 0x00, 0x2D}},     // compressed TCP of RFC 1144
      {LinkType::kCiscoHdlc, {0x8F, 0, 0x80, 0x35}},  // SLARP
      {LinkType::kMpls, kLastLabel + Bytes{0x10}},    // OAM of RFC 4385
      {LinkType::kNull, {7, 0, 0, 0}},                //
      {LinkType::kLoop, {2, 0, 0, 0}},                // only network order counts
      {LinkType::kRawIp, {0x55}},
  };
  for (const Case& test : cases) {
    const Bytes frame = test.header + rest;
    const auto stripped = StripLink({test.link, frame, frame.size()});
    BOOST_TEST_REQUIRE(!stripped.has_value());
    BOOST_TEST((stripped.error() == ParseError::kNotIp));
  }
}

BOOST_AUTO_TEST_CASE(LabelsThatNeverEndAreTruncated) {
  Bytes frame;
  for (int i = 0; i < 10'000; ++i) frame = std::move(frame) + kLabel;
  const auto stripped = StripLink({LinkType::kMpls, frame, frame.size()});
  BOOST_TEST_REQUIRE(!stripped.has_value());
  BOOST_TEST((stripped.error() == ParseError::kTruncated));
}

BOOST_AUTO_TEST_CASE(NestedPseudoWiresEndWithTheFrame) {
  Bytes frame;
  for (int i = 0; i < 2'000; ++i) {
    frame = std::move(frame) + kInnerMacs + Bytes{0x88, 0x47} + kLastLabel;
  }
  const Bytes packet = PacketOf(IpFamily::kV4);
  frame = std::move(frame) + packet;
  const auto stripped = StripLink({LinkType::kEthernet, frame, frame.size() + 100});
  BOOST_TEST_REQUIRE(stripped.has_value());
  BOOST_TEST(stripped->packet.size() == packet.size());
}

BOOST_AUTO_TEST_CASE(UnknownLinkTypesAreNamedAsSuch) {
  const Bytes frame(64, 0x45);
  const auto stripped = StripLink({static_cast<LinkType>(127), frame, frame.size()});
  BOOST_TEST_REQUIRE(!stripped.has_value());
  BOOST_TEST((stripped.error() == ParseError::kUnsupportedLinkType));
}

BOOST_AUTO_TEST_CASE(AWireLengthBelowTheFrameCountsAsTheFrame) {
  const Bytes frame = kMacs + kV4 + PacketOf(IpFamily::kV4);
  BOOST_TEST(StripLink({LinkType::kEthernet, frame, 3})->wire_length == 6U);
}

}  // namespace
}  // namespace tcpcopy
