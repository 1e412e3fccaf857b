#include "src/io/packet_sink.h"

#include <boost/test/unit_test.hpp>
#include <cerrno>

namespace tcpcopy {
namespace {

using Numbers = std::map<int, std::uint64_t>;

BOOST_AUTO_TEST_CASE(WhatTwoSinksCountedIsAdded) {
  PacketSink::Stats sum{1, 100, 2, 3, {{EPERM, 3}}};
  sum += {10, 1000, 20, 30, {{EPERM, 30}, {ENOBUFS, 40}}};
  BOOST_TEST(sum.packets == 11U);
  BOOST_TEST(sum.bytes == 1100U);
  BOOST_TEST(sum.waits == 22U);
  BOOST_TEST(sum.joined == 33U);
  BOOST_TEST((sum.errors_by_number == Numbers{{EPERM, 33}, {ENOBUFS, 40}}));
  BOOST_TEST(sum.errors() == 73U);
  BOOST_TEST(PacketSink::Stats{}.errors() == 0U);
}

}  // namespace
}  // namespace tcpcopy
