#include "src/io/intercept/out_buffer.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <string_view>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

void Add(OutBuffer& buffer, std::string_view text) {
  const std::vector<std::uint8_t> bytes(text.begin(), text.end());
  buffer.Add(bytes);
}

std::string Waiting(const OutBuffer& buffer) {
  return {buffer.waiting().begin(), buffer.waiting().end()};
}

BOOST_AUTO_TEST_CASE(BytesLeaveInTheOrderOfTheirComing) {
  OutBuffer buffer(10);
  Add(buffer, "abc");
  Add(buffer, "def");
  BOOST_TEST(Waiting(buffer) == "abcdef");
  buffer.Written(4);
  BOOST_TEST(Waiting(buffer) == "ef");
  Add(buffer, "g");
  BOOST_TEST(Waiting(buffer) == "efg");
  buffer.Written(3);
  BOOST_TEST(buffer.empty());
  BOOST_TEST(buffer.end() == 7U);
}

BOOST_AUTO_TEST_CASE(TheLimitIsForThoseWhoAsk) {
  OutBuffer buffer(4);
  BOOST_TEST(buffer.HasRoomFor(4));
  BOOST_TEST(!buffer.HasRoomFor(5));
  Add(buffer, "abc");
  BOOST_TEST(buffer.HasRoomFor(1));
  BOOST_TEST(!buffer.HasRoomFor(2));
  Add(buffer, "heartbeat");
  BOOST_TEST(!buffer.HasRoomFor(0));
  buffer.Written(9);
  BOOST_TEST(buffer.HasRoomFor(1));
}

BOOST_AUTO_TEST_CASE(WhatWaitsMayStillBeChanged) {
  OutBuffer buffer(100);
  Add(buffer, "abc");
  const std::uint64_t position = buffer.end();
  Add(buffer, "defg");
  buffer.At(position, 2)[1] = 'E';
  BOOST_TEST(Waiting(buffer) == "abcdEfg");
  buffer.Written(3);
  buffer.At(position, 2)[0] = 'D';
  BOOST_TEST(Waiting(buffer) == "DEfg");
  buffer.Written(1);
  BOOST_TEST(buffer.At(position, 2).empty());
}

BOOST_AUTO_TEST_CASE(AfterClearingNothingIsLeft) {
  OutBuffer buffer(2'000'000);
  buffer.Add(1'000'000);
  const std::uint64_t position = buffer.end() - 1;
  buffer.Clear();
  BOOST_TEST(buffer.empty());
  BOOST_TEST(buffer.At(position, 1).empty());
  BOOST_TEST(buffer.end() == 1'000'000U);
}

BOOST_AUTO_TEST_CASE(RandomAddingAndWritingKeepsTheStream) {
  Prng prng(7);
  OutBuffer buffer(1000);
  std::uint8_t next_in = 0;
  std::uint8_t next_out = 0;
  for (int round = 0; round < 10'000; ++round) {
    for (std::uint8_t& byte : buffer.Add(prng.Below(20))) byte = next_in++;
    const std::size_t count = prng.Below(buffer.size() + 1);
    for (const std::uint8_t byte : buffer.waiting().first(count)) {
      BOOST_REQUIRE(byte == next_out++);
    }
    buffer.Written(count);
  }
}

}  // namespace
}  // namespace tcpcopy
