#include "netstack/trace/segment_text.h"

#include <array>
#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

const FlowKey kFlow{{IpAddress::V4(0x0A000001), 4000}, {IpAddress::V4(0x0A000002), 80}};

TcpSegment SynAck() {
  TcpSegment segment;
  segment.seq = SeqNum(1);
  segment.ack = SeqNum(2);
  segment.flags = {TcpFlags::kSyn | TcpFlags::kAck};
  segment.window = 65535;
  return segment;
}

BOOST_AUTO_TEST_CASE(ASynTellsItsOptions) {
  TcpSegment segment = SynAck();
  segment.options.mss = 1460;
  segment.options.window_scale = 7;
  segment.options.sack_permitted = true;
  segment.options.timestamps = TcpTimestamps{1, 2};
  BOOST_TEST(SegmentText(kFlow, segment) ==
             "10.0.0.1:4000 > 10.0.0.2:80 SA seq=1 ack=2 win=65535 len=0 "
             "<mss 1460,ws 7,sackok,ts 1 2>");
}

BOOST_AUTO_TEST_CASE(WithoutOptionsThereAreNoBrackets) {
  BOOST_TEST(SegmentText(kFlow, SynAck()) ==
             "10.0.0.1:4000 > 10.0.0.2:80 SA seq=1 ack=2 win=65535 len=0");
}

BOOST_AUTO_TEST_CASE(SackBlocksAreRanges) {
  TcpSegment segment = SynAck();
  segment.flags = {TcpFlags::kAck};
  segment.options.sack_count = 2;
  segment.options.sack[0] = {SeqNum(10), SeqNum(20)};
  segment.options.sack[1] = {SeqNum(30), SeqNum(40)};
  BOOST_TEST(SegmentText(kFlow, segment) ==
             "10.0.0.1:4000 > 10.0.0.2:80 A seq=1 ack=2 win=65535 len=0 <sack 10-20 30-40>");
}

BOOST_AUTO_TEST_CASE(EveryFlagHasItsLetter) {
  TcpSegment segment = SynAck();
  segment.flags = {0xFF};
  BOOST_TEST(SegmentText(kFlow, segment).find(" SFRPAUEW seq") != std::string::npos);
  segment.flags = {0};
  BOOST_TEST(SegmentText(kFlow, segment).find(" - seq") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(APayloadThatWasCutTellsBothLengths) {
  const std::array<std::uint8_t, 3> bytes{};
  TcpSegment segment = SynAck();
  segment.payload = bytes;
  segment.payload_length = 3;
  BOOST_TEST(SegmentText(kFlow, segment).ends_with(" len=3"));
  segment.payload_length = 1000;
  BOOST_TEST(SegmentText(kFlow, segment).ends_with(" len=1000 captured=3"));
}

}  // namespace
}  // namespace tcpcopy
