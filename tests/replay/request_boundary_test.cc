#include "src/replay/request_boundary.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

struct Step {
  std::uint32_t seq;
  std::uint32_t length;
  std::uint32_t ack;
};

/// The steps, counted from 0, with which a request begins.
std::vector<std::size_t> Begins(const std::vector<Step>& steps, std::uint32_t from = 0) {
  RequestBoundary boundary;
  std::vector<std::size_t> begins;
  for (std::size_t i = 0; i < steps.size(); ++i) {
    TcpSegment segment;
    segment.seq = SeqNum(from + steps[i].seq);
    segment.ack = SeqNum(from + steps[i].ack);
    segment.flags.bits = TcpFlags::kAck;
    segment.payload_length = steps[i].length;
    if (boundary.BeginsWith(segment)) begins.push_back(i);
  }
  return begins;
}

using Places = std::vector<std::size_t>;

struct Case {
  const char* what;
  std::vector<Step> steps;
  Places begins;
};

const std::vector<Case> kCases = {
    {"the first payload may be anywhere in its request", {{100, 10, 50}}, {}},
    {"an upload has no boundary", {{100, 10, 50}, {110, 10, 50}, {120, 10, 50}}, {}},
    {"payload that acknowledges more than the one before", {{100, 10, 50}, {110, 10, 60}}, {1}},
    {"payload behind an ACK of more", {{100, 10, 50}, {110, 0, 60}, {110, 10, 60}}, {2}},
    {"an ACK of nothing more is no answer", {{100, 10, 50}, {110, 0, 50}, {110, 10, 50}}, {}},
    {"an ACK that the capture begins with", {{100, 0, 50}, {100, 10, 50}}, {1}},
    {"the rest of that request", {{100, 0, 50}, {100, 10, 50}, {110, 10, 50}}, {1}},
    {"a client that downloads", {{100, 0, 50}, {100, 0, 99}, {100, 10, 99}}, {2}},
    {"a keep-alive probe says nothing", {{100, 10, 50}, {109, 0, 50}, {110, 10, 50}}, {}},
    {"nor does one with a byte", {{100, 10, 50}, {109, 1, 60}, {110, 10, 50}}, {}},
    {"a retransmission with a newer ACK", {{100, 10, 50}, {100, 10, 60}, {110, 10, 50}}, {}},
    {"behind a hole it may be a request's end", {{100, 10, 50}, {120, 10, 60}}, {}},
    {"and so may what fills it", {{100, 10, 50}, {120, 10, 60}, {110, 10, 60}}, {}},
    {"the request after that", {{100, 10, 50}, {120, 10, 60}, {130, 10, 70}}, {2}},
    {"an ACK from behind a hole", {{100, 10, 50}, {120, 0, 60}, {120, 10, 60}}, {2}},
};

BOOST_AUTO_TEST_CASE(ARequestBeginsWhereTheClientWasAnsweredBefore) {
  for (const Case& one : kCases) {
    BOOST_TEST_CONTEXT(one.what) {
      BOOST_TEST(Begins(one.steps) == one.begins, boost::test_tools::per_element());
      // The same where all numbers wrap.
      BOOST_TEST(Begins(one.steps, 0xffffff90U) == one.begins, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(ResetsAndSynsBeginNothing) {
  for (const std::uint8_t flags : {TcpFlags::kRst, TcpFlags::kSyn}) {
    RequestBoundary boundary;
    TcpSegment segment;
    segment.flags.bits = TcpFlags::kAck;
    boundary.BeginsWith(segment);
    segment.flags.bits = static_cast<std::uint8_t>(TcpFlags::kAck | flags);
    segment.payload_length = 1;
    BOOST_TEST(!boundary.BeginsWith(segment));
  }
}

}  // namespace
}  // namespace tcpcopy
