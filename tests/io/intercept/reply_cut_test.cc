#include "src/io/intercept/reply_cut.h"

#include <boost/test/unit_test.hpp>

#include "src/io/intercept/reply_protocol.h"
#include "tests/io/intercept/both_ends.h"

namespace tcpcopy {
namespace {

using testing::ReplyTo;
using testing::Session;
using testing::Session6;

BOOST_AUTO_TEST_CASE(HeadersAndAsMuchAsIsWanted) {
  for (const auto& [session, headers] : {std::pair(Session(1), 40U), std::pair(Session6(1), 60U)}) {
    const auto packet = ReplyTo(session, 1000);
    const auto cut = [&](std::uint32_t payload) {
      return CutPayload(packet, packet.size(), payload).size();
    };
    BOOST_TEST(cut(0) == headers);
    BOOST_TEST(cut(1) == headers + 1);
    BOOST_TEST(cut(999) == headers + 999);
    BOOST_TEST(cut(1000) == headers + 1000);
    BOOST_TEST(cut(5000) == headers + 1000);
    BOOST_TEST(cut(kWholePayload) == headers + 1000);
  }
}

BOOST_AUTO_TEST_CASE(WhatTheCaptureCutStaysCut) {
  const auto packet = ReplyTo(Session(1), 1000);
  const auto captured = ConstBytes(packet).first(100);
  BOOST_TEST(CutPayload(captured, packet.size(), 0).size() == 40U);
  BOOST_TEST(CutPayload(captured, packet.size(), 500).size() == 100U);
  BOOST_TEST(CutPayload(captured.first(30), packet.size(), 0).size() == 30U);
}

BOOST_AUTO_TEST_CASE(WithoutATcpHeaderAFewBytesStay) {
  auto packet = ReplyTo(Session(1), 1000);
  packet[7] = 10;  // a later fragment
  BOOST_TEST(CutPayload(packet, packet.size(), 0).size() == 128U);
  BOOST_TEST(CutPayload(packet, packet.size(), 100).size() == 228U);
  const std::vector<std::uint8_t> nonsense(500, 0xff);
  BOOST_TEST(CutPayload(nonsense, 500, 0).size() == 128U);
}

}  // namespace
}  // namespace tcpcopy
