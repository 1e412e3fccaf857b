#include "netstack/tcp/receive_sequence.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

// RFC 9293 3.10.7.4, table 6: the four cases of the acceptability test. `seq` is relative to
// RCV.NXT.
constexpr struct {
  std::uint32_t window;
  std::int32_t seq;
  std::uint32_t length;
  bool accepted;
} kAcceptability[] = {
    // Length 0, window 0: SEG.SEQ = RCV.NXT.
    {0, 0, 0, true},
    {0, -1, 0, false},
    {0, 1, 0, false},
    // Length 0, window > 0: RCV.NXT =< SEG.SEQ < RCV.NXT+RCV.WND.
    {100, 0, 0, true},
    {100, 99, 0, true},
    {100, -1, 0, false},
    {100, 100, 0, false},
    // Length > 0, window 0: not acceptable.
    {0, 0, 1, false},
    {0, -1, 2, false},
    {0, 0, 1000, false},
    // Length > 0, window > 0: the first or the last number lies in the window.
    {100, 0, 1, true},
    {100, 0, 1000, true},
    {100, 99, 1, true},
    {100, 99, 50, true},
    {100, 100, 1, false},
    {100, -1, 1, false},
    {100, -1, 2, true},
    {100, -50, 50, false},
    {100, -50, 51, true},
    {100, -50, 150, true},
    {100, -50, 151, false},  // wraps the window: neither end lies in it
};

BOOST_AUTO_TEST_CASE(SegmentAcceptability) {
  for (const std::uint32_t irs : {0U, 1000U, 0x7fffffffU, 0xffffffceU, 0xffffffffU}) {
    for (const auto& row : kAcceptability) {
      ReceiveSequence rcv;
      rcv.irs = SeqNum(irs);
      rcv.nxt = 1;
      rcv.wnd = row.window;
      const SeqNum seq = rcv.Number(1) + static_cast<std::uint32_t>(row.seq);
      BOOST_TEST_CONTEXT("irs " << irs << " window " << row.window << " seq " << row.seq
                                << " length " << row.length) {
        BOOST_TEST(rcv.Accepts(seq, row.length) == row.accepted);
      }
    }
  }
}

}  // namespace
}  // namespace tcpcopy
