#include "src/replay/left_out_flows.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

FlowKey Flow(std::uint32_t client) {
  return {{IpAddress::V4(client), 1000}, {IpAddress::V4(1), 80}};
}

TcpSegment Data(std::uint32_t seq, std::uint32_t length) {
  TcpSegment segment;
  segment.seq = SeqNum(seq);
  segment.payload_length = length;
  return segment;
}

BOOST_AUTO_TEST_CASE(CountsEachByteOnce) {
  LeftOutFlows flows(1);
  flows.Add(Flow(1), {.iss = SeqNum(9), .next = SeqNum(10)});
  BOOST_TEST(flows.CountNewBytes(Flow(1), Data(10, 5)) == 5U);
  BOOST_TEST(flows.CountNewBytes(Flow(1), Data(10, 5)) == 0U);
  BOOST_TEST(flows.CountNewBytes(Flow(1), Data(12, 5)) == 2U);
  BOOST_TEST(flows.CountNewBytes(Flow(1), Data(20, 5)) == 5U);
}

BOOST_AUTO_TEST_CASE(TheOldestIsForgottenAtTheBound) {
  LeftOutFlows flows(1);
  for (std::uint32_t i = 0; i < LeftOutFlows::kMaxFlows + 10; ++i) {
    flows.Add(Flow(i), {.outcome = Outcome::kNoSynSeen});
  }
  BOOST_TEST(flows.Find(Flow(9)) == nullptr);
  BOOST_TEST(flows.Find(Flow(10)) != nullptr);
}

BOOST_AUTO_TEST_CASE(ARenewedFlowIsAsYoungAsItsRenewal) {
  LeftOutFlows flows(1);
  flows.Add(Flow(0), {.outcome = Outcome::kNoSynSeen});
  for (std::uint32_t i = 1; i < LeftOutFlows::kMaxFlows; ++i) flows.Add(Flow(i), {});
  flows.Add(Flow(0), {.outcome = Outcome::kNoMemory});
  BOOST_REQUIRE(flows.Find(Flow(0)) != nullptr);
  BOOST_TEST((flows.Find(Flow(0))->outcome == Outcome::kNoMemory));
  flows.Remove(Flow(0));
  BOOST_TEST(flows.Find(Flow(0)) == nullptr);
}

}  // namespace
}  // namespace tcpcopy
