#include "src/intercept/held_replies.h"

#include <boost/test/unit_test.hpp>
#include <string>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

constexpr Instant kStart{};

FlowKey Session(std::uint32_t client) {
  return {{IpAddress::V4(client), 1000}, {IpAddress::V4(1), 80}};
}

/// What is held of a session: each packet's first byte.
std::string Taken(HeldReplies& held, std::uint32_t client, Instant now) {
  std::string taken;
  held.Take(Session(client), now, [&](ConstBytes packet, std::size_t wire_length) {
    taken += static_cast<char>(packet[0]);
    BOOST_TEST(wire_length == packet.size() + 100);
  });
  return taken;
}

void Hold(HeldReplies& held, std::uint32_t client, char mark, Instant now = kStart) {
  const std::vector<std::uint8_t> packet(60, static_cast<std::uint8_t>(mark));
  held.Hold(Session(client), packet, packet.size() + 100, now);
}

BOOST_AUTO_TEST_CASE(EachSessionsPacketsComeOnceAndInOrder) {
  HeldReplies held(1);
  Hold(held, 1, 'a');
  Hold(held, 2, 'x');
  Hold(held, 1, 'b');
  Hold(held, 1, 'c');
  BOOST_TEST(Taken(held, 1, kStart) == "abc");
  BOOST_TEST(Taken(held, 1, kStart) == "");
  BOOST_TEST(Taken(held, 2, kStart) == "x");
  BOOST_TEST(Taken(held, 3, kStart) == "");
  BOOST_TEST(held.held() == 4U);
  BOOST_TEST(held.taken() == 4U);
}

BOOST_AUTO_TEST_CASE(WhatIsTooOldIsNotTaken) {
  HeldReplies held(1);
  Hold(held, 1, 'a');
  Hold(held, 1, 'b', kStart + 1ms);
  BOOST_TEST(Taken(held, 1, kStart + HeldReplies::kPatience + 1ms) == "b");
  Hold(held, 2, 'c');
  BOOST_TEST(Taken(held, 2, kStart + HeldReplies::kPatience + 1ms) == "");
  BOOST_TEST(held.taken() == 1U);
}

BOOST_AUTO_TEST_CASE(TheOldestMakesRoom) {
  HeldReplies held(1);
  Hold(held, 1, 'a');
  Hold(held, 1, 'b');
  for (std::uint32_t i = 0; i < HeldReplies::kMost - 1; ++i) Hold(held, 10 + i, 'x');
  BOOST_TEST(Taken(held, 1, kStart) == "b");
  for (std::uint32_t i = 0; i < HeldReplies::kMost; ++i) Hold(held, 2, 'y');
  BOOST_TEST(Taken(held, 10, kStart) == "");
  BOOST_TEST(Taken(held, 2, kStart).size() == HeldReplies::kMost);
}

BOOST_AUTO_TEST_CASE(OnlyTheFrontOfALargePacketIsKept) {
  HeldReplies held(1);
  const std::vector<std::uint8_t> large(1500, 7);
  held.Hold(Session(1), large, large.size(), kStart);
  held.Take(Session(1), kStart, [](ConstBytes packet, std::size_t wire_length) {
    BOOST_TEST(packet.size() == HeldReplies::kMaxBytes);
    BOOST_TEST(wire_length == 1500U);
  });
  BOOST_TEST(held.taken() == 1U);
}

}  // namespace
}  // namespace tcpcopy
