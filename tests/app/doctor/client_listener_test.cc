#include "src/app/doctor/client_listener.h"

#include <boost/test/unit_test.hpp>

#include "netstack/wire/build_packet.h"

namespace tcpcopy {
namespace {

IpAddress Address(const char* text) { return IpAddress::Parse(text).value(); }

struct World {
  explicit World(const char* map, std::vector<std::string> interfaces = {}, bool live = true)
      : targets(TargetMap::Parse(map).value()),
        listener(targets, std::move(interfaces), IsOwn(live),
                 [](std::uint32_t index) { return "eth" + std::to_string(index); }) {}

  static ClientListener::IsOwn IsOwn(bool live) {
    if (!live) return {};
    return [](const IpAddress& address) { return address == Address("10.0.1.1"); };
  }

  void Hear(const char* from, const char* to, std::uint16_t port, std::uint32_t interface = 0) {
    const FlowKey flow{{Address(from), 4000}, {Address(to), port}};
    TcpSegment segment;
    segment.flags.bits = TcpFlags::kAck;
    std::vector<std::uint8_t> bytes(HeaderLength(flow.local.address.family(), {}));
    BuildPacket(flow, segment, 1, bytes);
    CapturedPacket packet;
    packet.bytes = bytes;
    packet.link = LinkType::kRawIp;
    packet.wire_length = bytes.size();
    packet.interface = interface;
    listener.OnPacket(packet);
  }

  const TargetMap targets;
  ClientListener listener;
};

BOOST_AUTO_TEST_CASE(HearsWhatAReplayWouldCopyAndNothingElse) {
  World world("80-10.0.2.2:80");
  world.Hear("10.0.1.2", "10.0.1.9", 80);  // passes through
  world.Hear("10.0.1.2", "10.0.1.1", 81);
  BOOST_TEST(world.listener.seen() == 0U);
  BOOST_TEST(!world.listener.ClientOf(IpFamily::kV4));
  world.Hear("10.0.1.2", "10.0.1.1", 80);
  world.Hear("10.0.1.3", "10.0.1.1", 80);
  BOOST_TEST(world.listener.seen() == 2U);
  BOOST_TEST(world.listener.ClientOf(IpFamily::kV4).value().ToString() == "10.0.1.2:4000");
  BOOST_TEST(!world.listener.ClientOf(IpFamily::kV6));
}

BOOST_AUTO_TEST_CASE(AMirrorPortHearsOthersServers) {
  World world("10.0.1.9:80-10.0.2.2:80");
  world.Hear("10.0.1.2", "10.0.1.9", 80);
  BOOST_TEST(world.listener.seen() == 1U);
}

BOOST_AUTO_TEST_CASE(OfAFileAllAddressesAreCopied) {
  World world("80-10.0.2.2:80", {}, false);
  world.Hear("10.0.1.2", "10.7.7.7", 80);
  BOOST_TEST(world.listener.seen() == 1U);
}

BOOST_AUTO_TEST_CASE(TellsWhereElseItArrives) {
  World world("80-10.0.2.2:80", {"eth1", "eth2"});
  world.Hear("10.0.1.2", "10.0.1.1", 80, 2);
  world.Hear("10.0.1.2", "10.0.1.1", 80, 3);
  world.Hear("10.0.1.2", "10.0.1.1", 80, 3);
  BOOST_TEST(world.listener.seen() == 1U);
  const std::map<std::string, std::uint64_t> expected = {{"eth3", 2}};
  BOOST_TEST((world.listener.others() == expected));
  BOOST_TEST((world.listener.seen_on() == std::set<std::string>{"eth2"}));
}

BOOST_AUTO_TEST_CASE(AClientOnThisHostIsNobodyToProbeAs) {
  World world("80-10.0.2.2:80");
  world.Hear("10.0.1.1", "10.0.1.1", 80);
  BOOST_TEST(world.listener.seen() == 1U);
  BOOST_TEST(!world.listener.ClientOf(IpFamily::kV4));
}

}  // namespace
}  // namespace tcpcopy
