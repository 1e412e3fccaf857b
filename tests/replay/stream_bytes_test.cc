#include "src/replay/stream_bytes.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

TcpSegment Data(std::uint32_t seq, std::uint32_t length) {
  TcpSegment segment;
  segment.seq = SeqNum(seq);
  segment.payload_length = length;
  return segment;
}

BOOST_AUTO_TEST_CASE(CountsEachByteOnce) {
  StreamBytes bytes(SeqNum(10));
  BOOST_TEST(bytes.CountNew(Data(10, 5)) == 5U);
  BOOST_TEST(bytes.CountNew(Data(10, 5)) == 0U);
  BOOST_TEST(bytes.CountNew(Data(12, 5)) == 2U);
  BOOST_TEST(bytes.CountNew(Data(20, 5)) == 5U);
}

BOOST_AUTO_TEST_CASE(CountsOnWhereNumbersWrap) {
  StreamBytes bytes(SeqNum(0xfffffffeU));
  BOOST_TEST(bytes.CountNew(Data(0xfffffffeU, 4)) == 4U);
  BOOST_TEST(bytes.CountNew(Data(0, 4)) == 2U);
}

BOOST_AUTO_TEST_CASE(ReasonsOfResetsAreNoBytes) {
  StreamBytes bytes(SeqNum(10));
  TcpSegment reset = Data(10, 5);
  reset.flags.bits = TcpFlags::kRst;
  BOOST_TEST(bytes.CountNew(reset) == 0U);
  BOOST_TEST(bytes.CountNew(Data(10, 5)) == 5U);
}

}  // namespace
}  // namespace tcpcopy
