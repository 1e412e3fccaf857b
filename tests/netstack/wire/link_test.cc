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
    {"IPv4 by link type", LinkType::kIpv4, {}, IpFamily::kV4},
    {"IPv6 by link type", LinkType::kIpv6, {}, IpFamily::kV6},
    {"raw IP", LinkType::kRawIp, {}, IpFamily::kV4},
    {"raw IPv6", LinkType::kRawIp, {}, IpFamily::kV6},
};

Bytes PacketOf(IpFamily family) {
  return {static_cast<std::uint8_t>(family == IpFamily::kV4 ? 0x45 : 0x60), 1, 2, 3};
}

BOOST_AUTO_TEST_CASE(EveryLinkHeaderIsTakenOff) {
  for (const StripCase& test : kStripCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      const Bytes packet = PacketOf(test.family);
      const Bytes frame = test.header + packet;
      const auto stripped = StripLink(test.link, frame, frame.size() + 100);
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
        const auto stripped = StripLink(test.link, ConstBytes(test.header).first(length), 100);
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
      {LinkType::kNull, {7, 0, 0, 0}},                                  //
      {LinkType::kLoop, {2, 0, 0, 0}},                                  // only network order counts
      {LinkType::kRawIp, {0x55}},
  };
  for (const Case& test : cases) {
    const Bytes frame = test.header + rest;
    const auto stripped = StripLink(test.link, frame, frame.size());
    BOOST_TEST_REQUIRE(!stripped.has_value());
    BOOST_TEST((stripped.error() == ParseError::kNotIp));
  }
}

BOOST_AUTO_TEST_CASE(UnknownLinkTypesAreNamedAsSuch) {
  const Bytes frame(64, 0x45);
  const auto stripped = StripLink(static_cast<LinkType>(127), frame, frame.size());
  BOOST_TEST_REQUIRE(!stripped.has_value());
  BOOST_TEST((stripped.error() == ParseError::kUnsupportedLinkType));
}

BOOST_AUTO_TEST_CASE(AWireLengthBelowTheFrameCountsAsTheFrame) {
  const Bytes frame = kMacs + kV4 + PacketOf(IpFamily::kV4);
  BOOST_TEST(StripLink(LinkType::kEthernet, frame, 3)->wire_length == 4U);
}

}  // namespace
}  // namespace tcpcopy
