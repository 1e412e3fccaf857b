#include "netstack/wire/ip_payload.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/wire/ip_protocol.h"

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

/// An IPv4 packet of `protocol` from 10.0.0.1 to 10.0.0.2.
Bytes InIpv4(std::uint8_t protocol, const Bytes& payload) {
  Bytes packet{0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2};
  packet.insert(packet.end(), payload.begin(), payload.end());
  StoreBe16(&packet[2], static_cast<std::uint16_t>(packet.size()));
  return packet;
}

Result<IpPayload, ParseError> Find(const Bytes& packet, std::uint8_t protocol,
                                   ConstBytes& fragment) {
  return FindIpPayload({LinkType::kRawIp, packet, packet.size()}, fragment,
                       [protocol](const IpPayload& ip) { return ip.protocol == protocol; });
}

BOOST_AUTO_TEST_CASE(EndsAtTheFirstThatIsAccepted) {
  ConstBytes fragment;
  const Bytes inner = InIpv4(99, {1, 2, 3});
  const Bytes outer = InIpv4(kIpProtocolIpv4, inner);
  const auto found = Find(outer, 99, fragment);
  BOOST_REQUIRE(found.has_value());
  BOOST_TEST(found->bytes.size() == 3U);
  BOOST_TEST(found->source.ToString() == "10.0.0.1");
  BOOST_TEST(found->destination.ToString() == "10.0.0.2");
  BOOST_TEST(Find(outer, kIpProtocolIpv4, fragment)->bytes.size() == inner.size());
  BOOST_TEST((Find(outer, 98, fragment).error() == ParseError::kNotTcp));
  BOOST_TEST(fragment.empty());
}

BOOST_AUTO_TEST_CASE(TunnelsAreOpenedOnlySoDeep) {
  ConstBytes fragment;
  Bytes packet = InIpv4(99, {1});
  for (int i = 0; i < kMaxTunnels; ++i) packet = InIpv4(kIpProtocolIpv4, packet);
  BOOST_TEST(Find(packet, 99, fragment).has_value());
  packet = InIpv4(kIpProtocolIpv4, packet);
  BOOST_TEST((Find(packet, 99, fragment).error() == ParseError::kNotTcp));
}

BOOST_AUTO_TEST_CASE(TellsWhichPacketIsAFragment) {
  ConstBytes fragment;
  Bytes inner = InIpv4(99, {1, 2, 3, 4, 5, 6, 7, 8});
  inner[6] = 0x20;  // more follow
  const Bytes outer = InIpv4(kIpProtocolIpv4, inner);
  BOOST_TEST((Find(outer, 99, fragment).error() == ParseError::kFragment));
  BOOST_TEST(fragment.size() == inner.size());
  BOOST_TEST(fragment.data() == outer.data() + 20);
}

}  // namespace
}  // namespace tcpcopy
