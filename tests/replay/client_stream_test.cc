#include "src/replay/client_stream.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/replay/stream_client.h"

namespace tcpcopy {
namespace {

using testing::StreamClient;
using Verdict = ClientStream::Verdict;
using End = ClientStream::End;

BOOST_AUTO_TEST_CASE(BytesInOrderFormOneTurnUntilMoreIsAnswered) {
  StreamClient client;
  client.Says(0, "");
  BOOST_TEST(!client.stream.Next().has_value());
  client.Says(0, "GET ");
  client.Says(4, "/ ");
  client.Says(6, "", 100);  // a mere ACK begins no turn
  client.Says(6, "GET /2", 100);
  BOOST_TEST(client.bytes == "GET / GET /2");
  BOOST_TEST(client.stream.turns() == 2U);
  BOOST_TEST(client.stream.Next()->end == 6U);
  BOOST_TEST(client.stream.Next()->answered == 0U);
  BOOST_TEST(client.stream.TakeNext() == 6U);
  BOOST_TEST(client.stream.Next()->answered == 100U);
  BOOST_TEST(client.stream.TakeNext() == 6U);
  BOOST_TEST(!client.stream.Next().has_value());
}

BOOST_AUTO_TEST_CASE(ATurnMayGrowAfterItsFirstBytesWereTaken) {
  StreamClient client;
  client.Says(0, "POST");
  BOOST_TEST(client.stream.TakeNext() == 4U);
  client.Says(4, "body");
  BOOST_TEST(client.stream.turns() == 1U);
  BOOST_TEST(client.stream.TakeNext() == 4U);
}

BOOST_AUTO_TEST_CASE(ServerFirstGreetingIsWaitedFor) {
  StreamClient client;
  client.Says(0, "", 0);   // the handshake's ACK
  client.Says(0, "", 30);  // the greeting was seen
  client.Says(0, "USER x", 30);
  BOOST_TEST(client.stream.Next()->answered == 30U);
}

BOOST_AUTO_TEST_CASE(OutOfOrderSegmentsWaitForTheHole) {
  StreamClient client;
  BOOST_CHECK(client.Says(3, "def") == Verdict::kNothingNew);
  BOOST_TEST(client.stream.HasGap());
  BOOST_TEST(client.bytes.empty());
  BOOST_CHECK(client.Says(0, "abc") == Verdict::kProgress);
  BOOST_TEST(client.bytes == "abcdef");
  BOOST_TEST(!client.stream.HasGap());
}

BOOST_AUTO_TEST_CASE(HeldBytesKeepTheAnswerTheyWereSentAfter) {
  StreamClient client;
  client.Says(0, "a");
  client.Says(2, "c", 50);
  client.Says(1, "b");
  BOOST_TEST(client.bytes == "abc");
  client.stream.TakeNext();
  BOOST_TEST(client.stream.Next().has_value());
  BOOST_TEST(client.stream.Next()->answered == 50U);
}

// Simulator seeds 8 and 30: the session waited for ever.
BOOST_AUTO_TEST_CASE(ARequestThatIsCapturedBehindTheAckOfItsAnswerDoesNotWaitForIt) {
  StreamClient client;
  client.Says(0, "");
  client.Says(7, "", 100);
  client.Says(0, "request", 0);
  BOOST_TEST(client.stream.Next()->answered == 0U);
}

BOOST_AUTO_TEST_CASE(TheHandshakesAckMayBeCapturedBehindALaterOne) {
  StreamClient client;
  client.Says(0, "", 30);
  client.Says(0, "", 0);
  client.Says(0, "USER x", 30);
  BOOST_TEST(client.stream.Next()->answered == 30U);
}

BOOST_AUTO_TEST_CASE(RetransmissionsAndKeepAliveProbesAddNothing) {
  StreamClient client;
  client.Says(0, "hello");
  BOOST_CHECK(client.Says(0, "hello") == Verdict::kNothingNew);
  BOOST_CHECK(client.Says(4, "x", 0) == Verdict::kNothingNew);  // probe: last byte again
  BOOST_CHECK(client.Says(2, "llo world") == Verdict::kProgress);
  BOOST_TEST(client.bytes == "hello world");
  BOOST_TEST(client.stream.bytes() == 11U);
}

BOOST_AUTO_TEST_CASE(AKeepAliveProbeBeforeAnyDataIsNotData) {
  StreamClient client;
  BOOST_CHECK(client.Says(static_cast<std::uint32_t>(-1), "x") == Verdict::kNothingNew);
  BOOST_TEST(client.bytes.empty());
  client.Says(0, "abc");
  BOOST_TEST(client.bytes == "abc");
}

BOOST_AUTO_TEST_CASE(SequenceNumbersWrapAt2To32) {
  StreamClient client(0xfffffffdU);
  client.Says(0, "abcd");
  client.Says(4, "efgh");
  BOOST_TEST(client.bytes == "abcdefgh");
}

BOOST_AUTO_TEST_CASE(AcknowledgmentNumbersWrapAt2To32) {
  BlockPool pool(16 * BlockPool::kBlockBytes);
  StreamClient client;
  TcpSegment segment;
  segment.seq = SeqNum(StreamClient::kIss + 1);
  segment.flags.bits = TcpFlags::kAck;
  segment.ack = SeqNum(0xfffffff0U);
  client.stream.OnSegment(segment, client);
  segment.ack = SeqNum(0x10U);
  const std::string text = "x";
  segment.payload = {reinterpret_cast<const std::uint8_t*>(text.data()), 1};
  segment.payload_length = 1;
  client.stream.OnSegment(segment, client);
  BOOST_TEST(client.stream.Next()->answered == 0x20U);
}

BOOST_AUTO_TEST_CASE(FinEndsTheStreamAfterItsLastByte) {
  StreamClient client;
  client.Says(0, "");
  client.Says(0, "bye", 10, TcpFlags::kFin);
  BOOST_CHECK(client.stream.end() == End::kFin);
  BOOST_TEST(client.stream.TakeNext() == 3U);
  BOOST_TEST(client.stream.Next()->answered == 10U);
  BOOST_TEST(client.stream.TakeNext() == 0U);
}

BOOST_AUTO_TEST_CASE(FinBehindAHoleIsNotTheEndYet) {
  StreamClient client;
  client.Says(3, "", 0, TcpFlags::kFin);
  BOOST_CHECK(client.stream.end() == End::kOpen);
  BOOST_TEST(client.stream.HasGap());
  BOOST_CHECK(client.Says(0, "abc") == Verdict::kProgress);
  BOOST_CHECK(client.stream.end() == End::kFin);
}

BOOST_AUTO_TEST_CASE(ResetEndsTheStreamWhereItIs) {
  StreamClient client;
  client.Says(0, "");
  client.Says(0, "abc", 20);
  BOOST_CHECK(client.Says(3, "", 0, TcpFlags::kRst) == Verdict::kProgress);
  BOOST_CHECK(client.stream.end() == End::kReset);
  client.stream.TakeNext();
  BOOST_TEST(client.stream.Next()->answered == 20U);
  BOOST_CHECK(client.Says(0, "abc") == Verdict::kNothingNew);
  BOOST_CHECK(client.Says(3, "", 40) == Verdict::kNothingNew);
  BOOST_CHECK(client.stream.end() == End::kReset);
}

BOOST_AUTO_TEST_CASE(AClientThatSpeaksOnWasNotReset) {
  StreamClient client;  // a scanner: its kernel resets what its raw socket goes on with
  client.Says(0, "", 0, TcpFlags::kRst);
  BOOST_CHECK(client.Says(0, "GET /") == Verdict::kProgress);
  BOOST_CHECK(client.stream.end() == End::kOpen);
  BOOST_TEST(client.bytes == "GET /");
}

// Simulator seed 365: the last bytes were lost.
BOOST_AUTO_TEST_CASE(AResetWaitsForTheBytesBeforeIt) {
  StreamClient client;
  client.Says(0, "abc");
  client.Says(6, "", 0, TcpFlags::kRst);
  BOOST_CHECK(client.stream.end() == End::kOpen);
  BOOST_TEST(client.stream.HasGap());
  BOOST_CHECK(client.Says(3, "def") == Verdict::kProgress);
  BOOST_CHECK(client.stream.end() == End::kReset);
  BOOST_TEST(client.bytes == "abcdef");
}

BOOST_AUTO_TEST_CASE(ResetAfterFinStillKnowsTheFin) {
  StreamClient client;
  client.Says(0, "abc", 0, TcpFlags::kFin);
  client.Says(4, "", 0, TcpFlags::kRst);  // behind the FIN's number
  BOOST_CHECK(client.stream.end() == End::kReset);
  BOOST_TEST(client.stream.HasFin());
}

BOOST_AUTO_TEST_CASE(ACutPacketIsAGapUntilItIsRetransmitted) {
  StreamClient client;
  client.Says(0, "abcdef", 0, 0, 4);
  BOOST_TEST(client.bytes == "ab");
  BOOST_TEST(client.stream.HasGap());
  client.Says(6, "ghi");
  BOOST_TEST(client.bytes == "ab");
  client.Says(0, "abcdef");
  BOOST_TEST(client.bytes == "abcdefghi");
  BOOST_TEST(!client.stream.HasGap());
}

BOOST_AUTO_TEST_CASE(TwoCutPacketsAreAGapUntilBothAreRetransmitted) {
  StreamClient client;
  client.Says(0, "abcdef", 0, 0, 4);
  client.Says(6, "ghijkl", 0, 0, 4);
  client.Says(0, "abcdef");
  BOOST_TEST(client.bytes == "abcdefgh");
  BOOST_TEST(client.stream.HasGap());
  client.Says(6, "ghijkl");
  BOOST_TEST(client.bytes == "abcdefghijkl");
  BOOST_TEST(!client.stream.HasGap());
}

BOOST_AUTO_TEST_CASE(AnAckFromBehindMissingBytesShowsThem) {
  StreamClient client;
  client.Says(0, "abc");
  client.Says(6, "", 10);
  BOOST_TEST(client.stream.HasGap());
  client.Says(3, "def");
  BOOST_TEST(!client.stream.HasGap());
}

// The client's last ACK lies one number behind its FIN.
BOOST_AUTO_TEST_CASE(TheLastAckMayBeCapturedBeforeTheFin) {
  StreamClient client;
  client.Says(0, "abc");
  client.Says(4, "", 10);
  client.Says(3, "", 0, TcpFlags::kFin);
  BOOST_CHECK(client.stream.end() == End::kFin);
  BOOST_TEST(!client.stream.HasGap());
}

BOOST_AUTO_TEST_CASE(AFinBeforeBytesThatWereCapturedIsNone) {
  StreamClient client;
  client.Says(0, "abcdef");
  client.Says(2, "", 0, TcpFlags::kFin);
  BOOST_CHECK(client.stream.end() == End::kOpen);
  client.Says(10, "xyz");
  client.Says(8, "", 0, TcpFlags::kFin);
  client.Says(6, "ghij");
  BOOST_CHECK(client.stream.end() == End::kOpen);
  BOOST_TEST(client.bytes == "abcdefghijxyz");
}

BOOST_AUTO_TEST_CASE(MoreThanCanBeHeldIsAsIfItHadNotBeenCaptured) {
  StreamClient client(StreamClient::kIss, 4096);
  for (std::uint32_t i = 0; i < 2000; ++i) {
    BOOST_REQUIRE(client.Says(10 + 2 * i, "x") == Verdict::kNothingNew);
  }
  BOOST_TEST(client.pool.in_use() == HeldSegments::kMaxPieces);
  client.Says(0, std::string(4010, 'y'));
  BOOST_TEST(client.bytes.size() == 4010U);
  BOOST_TEST(!client.stream.HasGap());
}

BOOST_AUTO_TEST_CASE(WhatWasNotHeldIsMissingWhenItsTurnComes) {
  StreamClient client(StreamClient::kIss, 4096);
  const std::uint32_t bytes = 4U << 20;  // more than 1,024 pieces take
  for (std::uint32_t at = 1000; at < bytes; at += 1000) client.Says(at, std::string(1000, 'x'));
  BOOST_TEST(client.pool.in_use() == HeldSegments::kMaxPieces);
  client.Says(0, std::string(1000, 'x'));
  BOOST_TEST(client.stream.bytes() < bytes);
  BOOST_TEST(client.stream.HasGap());
  BOOST_TEST(client.pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(CaptureEndLetsWhatIsKnownBeTaken) {
  StreamClient client;
  client.Says(0, "abc");
  client.stream.OnCaptureEnd();
  BOOST_CHECK(client.stream.end() == End::kLost);
  BOOST_TEST(client.stream.TakeNext() == 3U);
  BOOST_TEST(client.stream.Next()->end == 3U);
  client.stream.OnCaptureEnd();  // a second time changes nothing
  BOOST_CHECK(client.stream.end() == End::kLost);
}

BOOST_AUTO_TEST_CASE(CaptureEndAfterFinLeavesTheFin) {
  StreamClient client;
  client.Says(0, "abc", 0, TcpFlags::kFin);
  client.stream.OnCaptureEnd();
  BOOST_CHECK(client.stream.end() == End::kFin);
}

BOOST_AUTO_TEST_CASE(DataOnTheSynBelongsToTheStream) {
  StreamClient client;
  TcpSegment syn = client.Syn();
  const std::string text = "early";
  syn.payload = {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
  syn.payload_length = 5;
  client.stream.OnSegment(syn, client);
  client.Says(5, " bird");
  BOOST_TEST(client.bytes == "early bird");
}

BOOST_AUTO_TEST_CASE(TurnsAreCountedAsDeliveredWhenWhollyAcknowledged) {
  StreamClient client;
  client.Says(0, "one", 0);
  client.Says(3, "two", 10);
  client.Says(6, "six", 20);
  BOOST_TEST(client.stream.TurnsAcknowledged(9) == 0U);  // none was sent
  while (client.stream.Next()) client.stream.TakeNext();
  BOOST_TEST(client.stream.TurnsAcknowledged(2) == 0U);
  BOOST_TEST(client.stream.TurnsAcknowledged(3) == 1U);
  BOOST_TEST(client.stream.TurnsAcknowledged(8) == 2U);
  BOOST_TEST(client.stream.TurnsAcknowledged(9) == 3U);
  BOOST_TEST(client.pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(NoMemoryIsReported) {
  StreamClient client;
  client.refuse = true;
  BOOST_CHECK(client.Says(0, "abc") == Verdict::kNoMemory);
}

}  // namespace
}  // namespace tcpcopy
