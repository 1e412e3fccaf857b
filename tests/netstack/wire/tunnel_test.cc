#include "netstack/wire/tunnel.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

Bytes operator+(Bytes left, const Bytes& right) {
  left.insert(left.end(), right.begin(), right.end());
  return left;
}

Bytes Udp(std::uint8_t high, std::uint8_t low) { return {0xC0, 0x01, high, low, 0, 0, 0, 0}; }
const Bytes kVxlanPort = Udp(0x12, 0xB5);
const Bytes kLinuxVxlanPort = Udp(0x21, 0x18);
const Bytes kGenevePort = Udp(0x17, 0xC1);
const Bytes kGtpPort = Udp(0x08, 0x68);
const Bytes kFour(4, 0xEE);
const Bytes kErspan2{0x10, 5, 0, 9, 0, 0, 0, 0};

struct OpenCase {
  std::string rule;
  std::uint8_t protocol;
  Bytes header;
  LinkType link;
};

const OpenCase kOpenCases[] = {
    {"IPv4 in IP", kIpProtocolIpv4, {}, LinkType::kIpv4},
    {"IPv6 in IP", kIpProtocolIpv6, {}, LinkType::kIpv6},

    {"GRE", kIpProtocolGre, {0, 0, 0x08, 0}, LinkType::kIpv4},
    {"GRE with IPv6", kIpProtocolGre, {0, 0, 0x86, 0xDD}, LinkType::kIpv6},
    {"GRE with Ethernet", kIpProtocolGre, {0, 0, 0x65, 0x58}, LinkType::kEthernet},
    {"GRE with MPLS", kIpProtocolGre, {0, 0, 0x88, 0x47}, LinkType::kMpls},
    {"GRE with a checksum", kIpProtocolGre, Bytes{0x80, 0, 0x08, 0} + kFour, LinkType::kIpv4},
    {"GRE with a key", kIpProtocolGre, Bytes{0x20, 0, 0x08, 0} + kFour, LinkType::kIpv4},
    {"GRE with a sequence number", kIpProtocolGre, Bytes{0x10, 0, 0x08, 0} + kFour,
     LinkType::kIpv4},
    {"GRE with all three", kIpProtocolGre, Bytes{0xB0, 0, 0x86, 0xDD} + kFour + kFour + kFour,
     LinkType::kIpv6},
    {"PPTP", kIpProtocolGre, Bytes{0x30, 0x01, 0x88, 0x0B, 0, 60, 0, 7} + kFour, LinkType::kPpp},
    {"PPTP with an acknowledgment", kIpProtocolGre,
     Bytes{0x30, 0x81, 0x88, 0x0B, 0, 60, 0, 7} + kFour + kFour, LinkType::kPpp},
    {"ERSPAN type I", kIpProtocolGre, {0, 0, 0x88, 0xBE}, LinkType::kEthernet},
    {"ERSPAN type II", kIpProtocolGre, Bytes{0x10, 0, 0x88, 0xBE} + kFour + kErspan2,
     LinkType::kEthernet},
    {"ERSPAN type III", kIpProtocolGre,
     Bytes{0x10, 0, 0x22, 0xEB} + kFour + Bytes{0x20, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0, 0},
     LinkType::kEthernet},
    {"ERSPAN type III with a subheader", kIpProtocolGre,
     Bytes{0x10, 0, 0x22, 0xEB} + kFour + Bytes{0x20, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0, 1} + kFour +
         kFour,
     LinkType::kEthernet},
    {"ERSPAN type III with an IP packet", kIpProtocolGre,
     Bytes{0x10, 0, 0x22, 0xEB} + kFour + Bytes{0x20, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0x08, 0},
     LinkType::kRawIp},

    {"VXLAN", kIpProtocolUdp, kVxlanPort + Bytes{0x08, 0, 0, 0, 0, 0, 42, 0}, LinkType::kEthernet},
    {"VXLAN with a group policy", kIpProtocolUdp, kVxlanPort + Bytes{0x88, 0, 0, 7, 0, 0, 42, 0},
     LinkType::kEthernet},
    {"VXLAN on Linux's port", kIpProtocolUdp, kLinuxVxlanPort + Bytes{0x08, 0, 0, 0, 0, 0, 42, 0},
     LinkType::kEthernet},
    {"Geneve", kIpProtocolUdp, kGenevePort + Bytes{0, 0, 0x65, 0x58, 0, 0, 42, 0},
     LinkType::kEthernet},
    {"Geneve with IPv4 and options", kIpProtocolUdp,
     kGenevePort + Bytes{0x02, 0, 0x08, 0, 0, 0, 42, 0} + kFour + kFour, LinkType::kIpv4},
    {"GTP-U", kIpProtocolUdp, kGtpPort + Bytes{0x30, 255, 0, 60, 0, 0, 0, 9}, LinkType::kRawIp},
    {"GTP-U with a sequence number", kIpProtocolUdp,
     kGtpPort + Bytes{0x32, 255, 0, 60, 0, 0, 0, 9} + Bytes{0, 1, 0, 0}, LinkType::kRawIp},
    // The extension's number counts only when its flag is set.
    {"GTP-U with an N-PDU number", kIpProtocolUdp,
     kGtpPort + Bytes{0x31, 255, 0, 60, 0, 0, 0, 9} + Bytes{0, 0, 7, 0x85}, LinkType::kRawIp},
    {"GTP-U with an extension header", kIpProtocolUdp,
     kGtpPort + Bytes{0x34, 255, 0, 60, 0, 0, 0, 9} + Bytes{0, 0, 0, 0x85} + Bytes{1, 0, 9, 0},
     LinkType::kRawIp},
    {"GTP-U with two extension headers", kIpProtocolUdp,
     kGtpPort + Bytes{0x36, 255, 0, 60, 0, 0, 0, 9} + Bytes{0, 1, 0, 0xC0} + Bytes{1, 4, 0, 0x85} +
         Bytes{2, 0, 9, 0, 0, 0, 0, 0},
     LinkType::kRawIp},
};

BOOST_AUTO_TEST_CASE(EveryTunnelIsOpened) {
  const Bytes content{0x45, 1, 2, 3};
  for (const OpenCase& test : kOpenCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      const Bytes payload = test.header + content;
      const auto inside = OpenTunnel(test.protocol, payload, payload.size() + 100);
      BOOST_TEST_REQUIRE(inside.has_value());
      BOOST_TEST((inside->link == test.link));
      BOOST_TEST(Bytes(inside->bytes.begin(), inside->bytes.end()) == content,
                 boost::test_tools::per_element());
      BOOST_TEST(inside->wire_length == content.size() + 100);
    }
  }
}

BOOST_AUTO_TEST_CASE(AHeaderCutAnywhereIsTruncated) {
  for (const OpenCase& test : kOpenCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      for (std::size_t length = 0; length < test.header.size(); ++length) {
        const auto inside = OpenTunnel(test.protocol, ConstBytes(test.header).first(length), 100);
        BOOST_TEST_REQUIRE(!inside.has_value());
        BOOST_TEST((inside.error() == ParseError::kTruncated), length << " bytes");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNoTunnelOrCarriesNoPacketIsNotTcp) {
  struct {
    std::string rule;
    std::uint8_t protocol;
    Bytes header;
  } const cases[] = {
      {"ICMP", kIpProtocolIcmp, {}},
      {"another UDP port", kIpProtocolUdp, Udp(0, 53)},
      {"a reply to VXLAN's port is no tunnel", kIpProtocolUdp, {0x12, 0xB5, 0xC0, 1, 0, 0, 0, 0}},
      {"GRE's keep-alive", kIpProtocolGre, {0, 0, 0, 0}},
      {"GRE with a route", kIpProtocolGre, {0x40, 0, 0x08, 0}},
      {"GRE of another version", kIpProtocolGre, {0, 2, 0x08, 0}},
      {"PPTP that only acknowledges", kIpProtocolGre, {0x20, 0x81, 0x88, 0x0B, 0, 0, 0, 7}},
      {"PPTP without a key", kIpProtocolGre, {0x10, 0x01, 0x88, 0x0B, 0, 0, 0, 7}},
      {"ERSPAN type II with another version", kIpProtocolGre,
       Bytes{0x10, 0, 0x88, 0xBE} + kFour + Bytes{0x20, 5, 0, 9, 0, 0, 0, 0}},
      {"ERSPAN type III with another version", kIpProtocolGre,
       Bytes{0x10, 0, 0x22, 0xEB} + kFour + Bytes(12, 0x10)},
      {"ERSPAN type III with an unknown frame", kIpProtocolGre,
       Bytes{0x10, 0, 0x22, 0xEB} + kFour + Bytes{0x20, 5, 0, 9, 0, 0, 0, 0, 0, 0, 0x04, 0}},
      {"VXLAN without a network", kIpProtocolUdp, kVxlanPort + Bytes(8, 0)},
      {"Geneve of another version", kIpProtocolUdp,
       kGenevePort + Bytes{0x40, 0, 0x65, 0x58, 0, 0, 42, 0}},
      {"Geneve with ARP", kIpProtocolUdp, kGenevePort + Bytes{0, 0, 0x08, 0x06, 0, 0, 42, 0}},
      {"GTP's echo", kIpProtocolUdp, kGtpPort + Bytes{0x32, 1, 0, 4, 0, 0, 0, 0, 0, 1, 0, 0}},
      {"GTP's end marker", kIpProtocolUdp, kGtpPort + Bytes{0x30, 254, 0, 0, 0, 0, 0, 9}},
      {"GTP' (charging)", kIpProtocolUdp, kGtpPort + Bytes{0x20, 255, 0, 60, 0, 0, 0, 9}},
      {"GTP of version 2", kIpProtocolUdp, kGtpPort + Bytes{0x48, 255, 0, 60, 0, 0, 0, 9}},
      {"a GTP-U extension header of no length", kIpProtocolUdp,
       kGtpPort + Bytes{0x34, 255, 0, 60, 0, 0, 0, 9, 0, 0, 0, 0x85, 0, 0, 0, 0}},
  };
  for (const auto& test : cases) {
    BOOST_TEST_CONTEXT(test.rule) {
      const Bytes payload = test.header + Bytes(40, 0x45);
      const auto inside = OpenTunnel(test.protocol, payload, payload.size());
      BOOST_TEST_REQUIRE(!inside.has_value());
      BOOST_TEST((inside.error() == ParseError::kNotTcp));
    }
  }
}

}  // namespace
}  // namespace tcpcopy
