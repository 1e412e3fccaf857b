#include "netstack/wire/tcp_view.h"

#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

const std::vector<std::uint8_t> kSegment{
    0x0F, 0xA0, 0x00, 0x50,                          // ports
    0x00, 0x00, 0x00, 0x07, 0x00, 0x00, 0x00, 0x09,  // seq, ack
    0x60, 0xD2, 0x01, 0x00, 0xAB, 0xCD, 0x00, 0x00,  // offset, flags, window, checksum, urgent
    0x02, 0x04, 0x05, 0xB4,                          // MSS
    'h',  'i'};

BOOST_AUTO_TEST_CASE(EveryFieldIsReadInHostOrder) {
  const auto view = TcpView::Parse(kSegment, 1000);
  BOOST_TEST_REQUIRE(view.has_value());
  BOOST_TEST(view->source_port() == 4000);
  BOOST_TEST(view->destination_port() == 80);
  BOOST_TEST((view->seq() == SeqNum(7)));
  BOOST_TEST((view->ack() == SeqNum(9)));
  BOOST_TEST((view->flags() == TcpFlags{0xD2}));
  BOOST_TEST(view->window() == 256);
  BOOST_TEST(view->checksum() == 0xABCD);
  BOOST_TEST(view->header_length() == 24U);
  BOOST_TEST(view->options().size() == 4U);
  BOOST_TEST(view->payload().size() == 2U);
  BOOST_TEST(view->payload_length() == 976U);
}

BOOST_AUTO_TEST_CASE(ASegmentThatItFillsTellsTheSame) {
  TcpSegment segment;
  TcpView::Parse(kSegment, kSegment.size())->Fill(segment);
  BOOST_TEST(segment.source_port == 4000);
  BOOST_TEST(segment.destination_port == 80);
  BOOST_TEST((segment.seq == SeqNum(7)));
  BOOST_TEST((segment.ack == SeqNum(9)));
  BOOST_TEST(segment.flags.syn());
  BOOST_TEST(segment.flags.ack());
  BOOST_TEST(segment.window == 256);
  BOOST_TEST(segment.options.mss.value_or(0) == 1460);
  BOOST_TEST(segment.payload_length == 2U);
  BOOST_TEST((segment.payload.data() == &kSegment[24]));
}

}  // namespace
}  // namespace tcpcopy
