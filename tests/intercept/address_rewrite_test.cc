#include "src/intercept/address_rewrite.h"

#include <boost/test/unit_test.hpp>

#include "netstack/wire/build_packet.h"
#include "netstack/wire/checksum.h"
#include "netstack/wire/packet_view.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

std::size_t IpHeader(const FlowKey& flow) { return flow.local.address.IsV4() ? 20 : 40; }

Bytes Packet(const FlowKey& flow) {
  TcpSegment segment;
  segment.ack = SeqNum(12345);
  segment.flags.bits = TcpFlags::kAck;
  segment.payload_length = 5;
  Bytes packet(HeaderLength(flow.local.address.family(), {}) + 5, 'x');
  BuildPacket(flow, segment, 7, packet);
  return packet;
}

AddressRewrite Rewrite(const char* text) { return AddressRewrite::Parse(text).value()[0]; }

/// The flow after the rewriting; its checksums must be right.
FlowKey Rewritten(const char* text, const FlowKey& flow) {
  Bytes packet = Packet(flow);
  BOOST_TEST(Rewrite(text).Apply(packet, IpHeader(flow)));
  const FlowKey now = ParsePacket(LinkType::kRawIp, packet, packet.size())->flow;
  const ConstBytes segment = ConstBytes(packet).subspan(IpHeader(flow));
  BOOST_TEST(TcpChecksum(now.local.address, now.peer.address, segment) == 0);
  if (flow.local.address.IsV4()) {
    BOOST_TEST(InternetChecksum(ConstBytes(packet).first(20)) == 0);
  }
  return now;
}

const Endpoint kClient = At("10.0.1.2", 40000);
const Endpoint kClient6 = At("2001:db8:1::2", 40000);

BOOST_AUTO_TEST_CASE(TheContainersAddressBecomesTheOriginalOne) {
  const char* const text = "172.17.0.2-10.0.0.2";
  const FlowKey reply = Rewritten(text, {At("172.17.0.2", 80), kClient});
  BOOST_TEST((reply == FlowKey{At("10.0.0.2", 80), kClient}));
  const FlowKey other = Rewritten(text, {kClient, At("172.17.0.2", 80)});
  BOOST_TEST((other == FlowKey{kClient, At("10.0.0.2", 80)}));
}

BOOST_AUTO_TEST_CASE(AndItsPortWhenPortsAreNamed) {
  const char* const text = "172.17.0.2:80-10.0.0.2:8080";
  const FlowKey reply = Rewritten(text, {At("172.17.0.2", 80), kClient});
  BOOST_TEST((reply == FlowKey{At("10.0.0.2", 8080), kClient}));
  Bytes packet = Packet({At("172.17.0.2", 81), kClient});
  BOOST_TEST(!Rewrite(text).Apply(packet, 20));
}

BOOST_AUTO_TEST_CASE(Ipv6LikeIpv4) {
  const FlowKey reply = Rewritten("[fd00::2]:80-[2001:db8::2]:8080", {At("fd00::2", 80), kClient6});
  BOOST_TEST((reply == FlowKey{At("2001:db8::2", 8080), kClient6}));
}

BOOST_AUTO_TEST_CASE(OtherPacketsStayAsTheyAre) {
  for (const FlowKey& flow :
       {FlowKey{At("172.17.0.3", 80), kClient}, FlowKey{At("fd00::3", 80), kClient6}}) {
    const Bytes before = Packet(flow);
    Bytes packet = before;
    BOOST_TEST(!Rewrite("172.17.0.2-10.0.0.2").Apply(packet, IpHeader(flow)));
    BOOST_TEST(!Rewrite("[fd00::2]-[2001:db8::2]").Apply(packet, IpHeader(flow)));
    BOOST_TEST((packet == before));
  }
}

BOOST_AUTO_TEST_CASE(SeveralCanBeNamed) {
  const auto all = AddressRewrite::Parse("172.17.0.2-10.0.0.2,172.17.0.3:80-10.0.0.2:81").value();
  BOOST_REQUIRE(all.size() == 2U);
  BOOST_TEST(all[0].container().ToString() == "172.17.0.2");
  BOOST_TEST(all[0].container_port() == 0);
  BOOST_TEST(all[1].original_port() == 81);
}

BOOST_AUTO_TEST_CASE(BadTextsAreExplained) {
  const std::pair<const char*, const char*> table[] = {
      {"172.17.0.2", "'172.17.0.2' has no '-'"},
      {"172.17.0.2-10.0.0.2,", "'' has no '-'"},
      {"172.17.0.2-web", "'web' is neither a numeric IP address nor a port (1..65535)"},
      {"172.17.0.2-80", "'80' has no address"},
      {"172.17.0.2-[::1]", "'172.17.0.2-[::1]' names two IP families"},
      {"172.17.0.2:80-10.0.0.2", "'172.17.0.2:80-10.0.0.2' has one port only"},
  };
  for (const auto& [text, error] : table) {
    const auto parsed = AddressRewrite::Parse(text);
    BOOST_REQUIRE_MESSAGE(!parsed, text);
    BOOST_TEST(parsed.error() == error);
  }
}

}  // namespace
}  // namespace tcpcopy
