#include "netstack/tcp/send_sequence.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(PositionsBecomeNumbersAroundTheCircle) {
  SendSequence snd;
  snd.iss = SeqNum(0xfffffff0);
  BOOST_TEST(snd.Number(0).raw() == 0xfffffff0U);
  BOOST_TEST(snd.Number(0x10).raw() == 0U);
  BOOST_TEST(snd.Number((5ULL << 32) + 0x11).raw() == 1U);
}

BOOST_AUTO_TEST_CASE(InFlightIsWhatAwaitsItsAck) {
  SendSequence snd;
  snd.una = 10;
  snd.nxt = 30;
  snd.max = 50;  // after going back, what lies behind `nxt` is no longer counted on
  BOOST_TEST(snd.in_flight() == 20U);
}

}  // namespace
}  // namespace tcpcopy
