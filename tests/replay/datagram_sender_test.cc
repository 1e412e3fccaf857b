#include "src/replay/datagram_sender.h"

#include <boost/test/unit_test.hpp>

#include "tests/heap_use.h"
#include "tests/replay/datagram_world.h"

namespace tcpcopy {
namespace {

using testing::DatagramWorld;
using Texts = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(WhatFitsGoesInOnePacketAndTheRestInPieces) {
  DatagramWorld world({.mtu = 600});
  const Texts texts{std::string(572, 'a'), std::string(573, 'b'), "", std::string(8000, 'c')};
  for (const std::string& text : texts) world.Says(4000, text);
  BOOST_TEST(world.Payloads() == texts, boost::test_tools::per_element());
  BOOST_TEST(world.packets.size() == 1U + 2 + 1 + 14);
  for (const std::size_t length : world.packets) BOOST_TEST(length <= 600U);
}

BOOST_AUTO_TEST_CASE(WhenThereIsNoSlotDatagramsWaitInOrder) {
  DatagramWorld world({.mtu = 600});
  const Texts texts{"one", std::string(2000, 'b'), "three"};
  world.free_slots = 2;
  for (const std::string& text : texts) world.Says(4000, text);
  BOOST_TEST(world.Payloads() == Texts{"one"}, boost::test_tools::per_element());
  BOOST_TEST(world.packets.size() == 2U);
  BOOST_TEST(!world.replay->MayRead());
  BOOST_TEST(world.ledger.active().requests == 3U);
  world.GiveSlots(3);
  BOOST_TEST(world.Payloads().size() == 2U);
  world.GiveSlots(1);
  BOOST_TEST(world.Payloads() == texts, boost::test_tools::per_element());
  BOOST_TEST(world.replay->MayRead());
  BOOST_TEST(world.woken == 1U);
}

BOOST_AUTO_TEST_CASE(WhatWaitsIsBounded) {
  DatagramWorld world({.most_waiting = 1000});
  world.free_slots = 0;
  world.Says(4000, "first");
  world.Says(4001, std::string(1000, 'x'));
  world.Says(4000, "third");
  BOOST_TEST(world.ledger.datagrams().no_room == 1U);
  world.GiveSlots(10);
  const Texts expected{"first", "third"};
  BOOST_TEST(world.Payloads() == expected, boost::test_tools::per_element());
  world.replay->OnCaptureEnd();
  world.Run(std::chrono::minutes(20));
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 1U);
  BOOST_TEST(world.Count(Outcome::kUnanswered) == 1U);
}

BOOST_AUTO_TEST_CASE(WhatWaitsIsCountedWithAllThatItTakes) {
  constexpr std::size_t kMost = 4 << 20;
  for (const std::size_t length : {1U, 20U, 200U, 1400U}) {
    DatagramWorld world({.most_waiting = kMost});
    world.free_slots = 0;
    const std::string query(length, 'q');
    world.Says(5000, query);  // what a session takes is counted elsewhere
    const std::size_t before = testing::HeapUse();
    while (world.ledger.datagrams().no_room == 0) world.Says(5000, query);
    const std::size_t used = testing::HeapUse() - before;
    BOOST_TEST_INFO(length);
    BOOST_TEST(used <= kMost);
    BOOST_TEST(used > kMost / 2);
  }
}

/// IPv6 takes 20 bytes more.
BOOST_AUTO_TEST_CASE(TheLongestDatagramOfItsFamilyIsSent) {
  for (const bool v4 : {true, false}) {
    DatagramWorld world({.mapping = v4 ? "53-10.0.0.2:5353" : "53-[2001:db8::2]:5353"});
    const IpAddress client = IpAddress::Parse("2001:db8:1::1").value();
    const FlowKey flow{{client, 4000}, {IpAddress::Parse("2001:db8:1::2").value(), 53}};
    for (const std::size_t length : {65507U, 65508U, 65527U}) {
      world.Capture(testing::DatagramPacket(flow, std::string(length, 'x')));
    }
    BOOST_TEST(world.arrived.size() == (v4 ? 1U : 3U));
    BOOST_TEST(world.ledger.datagrams().too_long == (v4 ? 2U : 0U));
    BOOST_TEST(world.arrived.back().payload.size() == (v4 ? 65507U : 65527U));
  }
}

/// ICMPv6 "packet too big" of a router about what arrived `index`-th.
std::vector<std::uint8_t> TooBig(const DatagramWorld& world, std::size_t index, std::uint32_t mtu) {
  const auto& datagram = world.arrived.at(index);
  const auto quoted = testing::DatagramPacket(datagram.flow, datagram.payload);
  std::vector<std::uint8_t> message{0x60, 0, 0, 0, 0, 0, 58, 64};
  message.resize(24, 0x20);
  message.insert(message.end(), quoted.begin() + 8, quoted.begin() + 24);
  message.insert(message.end(), {2, 0, 0, 0, 0, 0, 0, 0});
  StoreBe32(&message[44], mtu);
  message.insert(message.end(), quoted.begin(), quoted.begin() + 200);
  StoreBe16(&message[4], static_cast<std::uint16_t>(message.size() - 40));
  return message;
}

BOOST_AUTO_TEST_CASE(ThePathOfIpv6IsLearntAndForgotten) {
  DatagramWorld world({.mapping = "53-[2001:db8::2]:5353"});
  const std::string text(1400, 'x');
  world.Says(4000, text);
  BOOST_TEST(world.packets.size() == 1U);
  world.Reply(TooBig(world, 0, 1000));  // no link is so small: 1280 is believed
  BOOST_TEST(world.ledger.too_big() == 1U);
  world.Says(4000, text);
  BOOST_TEST(world.packets.size() == 3U);
  BOOST_TEST(world.packets[1] == 1280U);
  world.Run(DatagramSender::kPathMtuLifetime);
  world.Says(4000, text);
  BOOST_TEST(world.packets.size() == 4U);
  BOOST_TEST(world.arrived.size() == 3U);
}

}  // namespace
}  // namespace tcpcopy
