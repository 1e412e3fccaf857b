#include "netstack/tcp/tcp_connection.h"

#include <boost/test/unit_test.hpp>

#include "tests/netstack/tcp/tcp_script.h"

// Opening, data, acknowledgments; RFC 9293 unless said otherwise. Options, closing, recovery and
// hostile segments have files of their own.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

BOOST_AUTO_TEST_CASE(FitsIntoThreeQuartersOfAKilobyte) {
  BOOST_TEST_MESSAGE("sizeof(TcpConnection) = " << sizeof(TcpConnection));
  BOOST_TEST(sizeof(TcpConnection) < 768U);
}

BOOST_AUTO_TEST_CASE(BeforeConnectNothingHappens) {
  TcpScript script;
  script.Inject("S. 0:0(0) ack 1");
  script.ExpectNothing();
  BOOST_TEST((script.connection().NextTimeout() == kNever));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kNone));
  BOOST_TEST(script.connection().received() == 0U);
}

// --- Opening ---

BOOST_AUTO_TEST_CASE(ThreeWayHandshake) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0) win 65535");
  BOOST_TEST((script.state() == TcpState::kSynSent));
  BOOST_TEST(!script.connection().was_established());
  script.Inject("S. 0:0(0) ack 1 win 1000");
  script.Expect(". 1:1(0) ack 1 win 65535");
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kEstablished));
  BOOST_TEST(script.connection().was_established());
  BOOST_TEST(script.connection().retransmits() == 0U);
  BOOST_TEST((script.connection().NextTimeout() == kNever));
}

BOOST_AUTO_TEST_CASE(SynIsRetransmittedLinearlyThenWithDoubledRto) {  // RFC 6298 5.5, Linux 6.5
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Advance(500s);
  for (const Duration rto : {1s, 1s, 1s, 1s, 1s, 2s, 4s, 8s, 16s}) {
    script.Expect("S 0:0(0)", rto);
  }
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kTimedOut));
  BOOST_TEST(script.connection().retransmits() == 9U);
  BOOST_TEST((script.connection().NextTimeout() == kNever));
}

BOOST_AUTO_TEST_CASE(ResetInSynSentIsARefusal) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Inject("R. 0:0(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kRefused));
  BOOST_TEST(!script.connection().was_established());
  script.Advance(100s);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(ResetInSynSentWithoutAcceptableAckIsIgnored) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Inject("R 0:0(0)");
  script.Inject("R. 0:0(0) ack 2");
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kSynSent));
}

BOOST_AUTO_TEST_CASE(UnacceptableAckInSynSentIsResetAndTheSynRepeated) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Inject(". 77:77(0) ack 4711");  // a target in TIME-WAIT
  script.Expect("R 4711:4711(0)");
  script.Expect("S 0:0(0)");
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kSynSent));
  script.Inject(". 77:77(0) ack 4711");  // only once: nobody shall make us a flood
  script.Expect("R 4711:4711(0)");
  script.ExpectNothing();
  script.Inject("S. 0:0(0) ack 1");
  script.Expect(". 1:1(0) ack 1");
}

BOOST_AUTO_TEST_CASE(SimultaneousOpen) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Inject("S 0:0(0)");
  script.Expect("S. 0:0(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kSynReceived));
  script.Inject("S. 0:0(0) ack 1");
  script.Expect(". 1:1(0) ack 1");
  script.Inject(". 1:1(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kEstablished));
  script.Write(5);
  script.Expect("P. 1:6(5) ack 1");
}

BOOST_AUTO_TEST_CASE(AnAckThatIsToLeaveAloneLeavesBeforeDataAndOnce) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.connection().AckAlone();  // there is nothing to acknowledge
  script.ExpectNothing();
  script.Inject("S. 0:0(0) ack 1");
  script.Expect(". 1:1(0) ack 1");
  script.connection().AckAlone();  // nor is there more
  script.Write(5);
  script.Expect("P. 1:6(5) ack 1");
  script.Inject("P. 1:11(10) ack 6");
  script.ExpectNothing();  // in time
  script.connection().AckAlone();
  script.Write(5);
  script.Expect(". 6:6(0) ack 11");
  script.Expect("P. 6:11(5) ack 11");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(DataPushedBeforeTheHandshakeCarriesItsAck) {
  TcpScript script;
  script.Write(100);
  script.Connect();
  script.Expect("S 0:0(0)");
  script.ExpectNothing();
  script.Inject("S. 0:0(0) ack 1");
  script.Expect("P. 1:101(100) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(DataOnTheSynAckIsTaken) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Inject("SP. 0:10(10) ack 1");
  script.Expect(". 1:1(0) ack 11");
  BOOST_TEST(script.connection().received() == 10U);
}

BOOST_AUTO_TEST_CASE(CloseBeforeTheHandshakeWaitsForIt) {
  TcpScript script;
  script.Write(10);
  script.Connect();
  script.Close();
  script.Expect("S 0:0(0)");
  script.Inject("S. 0:0(0) ack 1");
  script.Expect("FP. 1:11(10) ack 1");
  BOOST_TEST((script.state() == TcpState::kFinWait1));
}

// --- Sending ---

BOOST_AUTO_TEST_CASE(BufferedBytesWaitForTheirPush) {
  TcpScript script;
  script.Establish();
  BOOST_TEST(script.Buffer(500));
  script.ExpectNothing();
  script.Push(200);
  script.Expect("P. 1:201(200) ack 1");
  script.Push(300);
  script.Expect("P. 201:501(300) ack 1");
  BOOST_TEST(script.connection().bytes_buffered() == 500U);
  BOOST_TEST(script.connection().bytes_pushed() == 500U);
  BOOST_TEST(script.connection().bytes_acknowledged() == 0U);
  script.Inject(". 1:1(0) ack 251");
  BOOST_TEST(script.connection().bytes_acknowledged() == 250U);
  script.Inject(". 1:1(0) ack 501");
  BOOST_TEST(script.connection().bytes_acknowledged() == 500U);
  BOOST_TEST(script.pool().in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(BufferIsAllOrNothing) {
  TcpScript script({.pool_bytes = 4 * BlockPool::kBlockBytes});
  BOOST_TEST(script.Buffer(3000));
  BOOST_TEST(!script.Buffer(7000));
  BOOST_TEST(script.connection().bytes_buffered() == 3000U);
  BOOST_TEST(script.Buffer(1000));
  script.Establish();
  script.Push(4000);
  script.Expect(". 1:1461(1460) ack 1");
  script.Expect(". 1461:2921(1460) ack 1");
  script.Expect("P. 2921:4001(1080) ack 1");
}

BOOST_AUTO_TEST_CASE(InitialWindowIsTenSegments) {
  TcpScript script;
  script.Establish();
  script.Write(50 * 1460);
  BOOST_TEST(script.pending() == 10U);
  script.Ignore();
  script.Inject(". 1:1(0) ack 1461");  // slow start: one acknowledged lets two go
  script.Expect(". 14601:16061(1460) ack 1");
  script.Expect(". 16061:17521(1460) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(ShortSegmentsLeaveOnlyAtTheEndOrWhenNothingIsInFlight) {
  TcpScript script;
  script.Establish(2000);
  script.Write(5000);
  script.Expect(". 1:1461(1460) ack 1");
  script.ExpectNothing();  // 540 more would be a silly window
  script.Inject(". 1:1(0) ack 1461 win 700");
  script.Expect(". 1461:2161(700) ack 1");
  script.Inject(". 1:1(0) ack 2161 win 65535");
  script.Expect(". 2161:3621(1460) ack 1");
  script.Expect("P. 3621:5001(1380) ack 1");
}

BOOST_AUTO_TEST_CASE(OldSegmentsDoNotUpdateTheWindow) {
  TcpScript script;
  script.Establish(1460);
  script.Write(4000);
  script.Expect(". 1:1461(1460) ack 1");
  script.Inject(". 11:11(0) ack 1461 win 0");  // RFC 9293 3.10.7.4: WL1 is now 11
  script.Inject(". 1:1(0) ack 1461 win 5000");
  script.ExpectNothing();
  script.Inject(". 11:11(0) ack 1461 win 1460");
  script.Expect(". 1461:2921(1460) ack 1");
}

// Simulator seed 6121: the old window behind the new ACK reached beyond what the target allowed.
BOOST_AUTO_TEST_CASE(ARetransmissionOfThePeerThatAcknowledgesNewDataUpdatesTheWindow) {
  TcpScript script;
  script.Establish(2920);
  script.Write(8000);
  script.Expect(". 1:1461(1460) ack 1");
  script.Expect(". 1461:2921(1460) ack 1");
  script.Inject(". 101:201(100) ack 1 win 2920");  // out of order: WL1 is now 101
  script.Expect(". 2921:2921(0) ack 1");
  script.Inject(". 1:101(100) ack 2921 win 100");  // sent again, with what is true by now
  script.Expect(". 2921:3021(100) ack 201");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(SequenceNumbersWrap) {
  TcpScript script({.iss = SeqNum(0xffffffff - 1000), .peer_iss = SeqNum(0xffffffff - 50)});
  script.Establish();
  script.Write(4000);
  script.Expect(". 1:1461(1460) ack 1");
  script.Expect(". 1461:2921(1460) ack 1");
  script.Expect("P. 2921:4001(1080) ack 1");
  script.Inject("P. 1:101(100) ack 2921");
  script.Inject("F. 101:101(0) ack 4001");
  script.Advance(40ms);
  script.Expect(". 4001:4001(0) ack 102");
  BOOST_TEST(script.connection().received() == 101U);
  BOOST_TEST(script.connection().bytes_acknowledged() == 4000U);
}

// --- Acknowledging ---

BOOST_AUTO_TEST_CASE(AcksAreDelayed) {
  TcpScript script;
  script.Establish();
  script.Inject("P. 1:101(100) ack 1");
  script.ExpectNothing();
  script.Advance(40ms);
  script.Expect(". 1:1(0) ack 101", 40ms);
  script.Advance(10s);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(EverySecondFullSegmentIsAcknowledged) {
  TcpScript script;
  script.Establish();
  script.Inject(". 1:1461(1460) ack 1");
  script.ExpectNothing();
  script.Inject(". 1461:2921(1460) ack 1");
  script.Expect(". 1:1(0) ack 2921");
  script.Inject(". 2921:4381(1460) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(ACapturedSegmentOfSeveralCountsAsSeveral) {
  TcpScript script;
  script.Establish();
  script.Inject(". 1:14601(14600) ack 1");
  script.Expect(". 1:1(0) ack 14601");
}

BOOST_AUTO_TEST_CASE(ABatchOfSegmentsCostsOneAck) {
  TcpScript script;
  script.Establish();
  script.InjectBatch({". 1:1461(1460) ack 1", ". 1461:2921(1460) ack 1", ". 2921:4381(1460) ack 1",
                      ". 4381:5841(1460) ack 1"});
  script.Expect(". 1:1(0) ack 5841");
  script.ExpectNothing();
  script.Advance(1s);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(DataCarriesTheAck) {
  TcpScript script;
  script.Establish();
  script.Inject("P. 1:101(100) ack 1");
  script.Write(10);
  script.Expect("P. 1:11(10) ack 101");
  script.Inject(". 101:101(0) ack 11");
  script.Advance(1s);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(OutOfOrderDataIsAcknowledgedAtOnceWithSack) {
  TcpScript script({.syn_options = {.mss = 1460, .sack_permitted = true}});
  script.Establish(65535, {.mss = 1460, .sack_permitted = true});
  script.Inject(". 1001:2001(1000) ack 1");
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST(script.last().options.sack_count == 1U);
  const auto block = [](std::uint32_t left, std::uint32_t right) {
    return SackBlock{SeqNum(5'000'000) + left, SeqNum(5'000'000) + right};
  };
  BOOST_TEST((script.last().options.sack[0] == block(1001, 2001)));
  script.Inject(". 3001:4001(1000) ack 1");
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST(script.last().options.sack_count == 2U);
  BOOST_TEST((script.last().options.sack[0] == block(3001, 4001)));
  BOOST_TEST((script.last().options.sack[1] == block(1001, 2001)));
  script.Inject(". 1:1001(1000) ack 1");  // fills the hole
  script.Expect(". 1:1(0) ack 2001");
  BOOST_TEST(script.last().options.sack_count == 1U);
  script.Inject("P. 2001:3001(1000) ack 1");
  script.Expect(". 1:1(0) ack 4001");
  BOOST_TEST(script.last().options.sack_count == 0U);
  BOOST_TEST(script.connection().received() == 4000U);
}

BOOST_AUTO_TEST_CASE(FullDataSegmentsLeaveTheSackBlocksOut) {
  TcpScript script({.syn_options = {.mss = 1460, .sack_permitted = true}});
  script.Establish(65535, {.mss = 1460, .sack_permitted = true});
  script.Inject(". 1001:2001(1000) ack 1");
  script.Expect(". 1:1(0) ack 1");
  script.Write(1470);
  script.Expect(". 1:1461(1460) ack 1");
  BOOST_TEST(script.last().options.sack_count == 0U);
  script.Expect("P. 1461:1471(10) ack 1");
  BOOST_TEST(script.last().options.sack_count == 1U);
}

BOOST_AUTO_TEST_CASE(DuplicateDataIsAcknowledgedAtOnce) {
  TcpScript script;
  script.Establish();
  script.Inject(". 1:101(100) ack 1");
  script.Inject(". 1:101(100) ack 1");
  script.Expect(". 1:1(0) ack 101");
  script.Inject(". 51:151(100) ack 1");  // half of it known
  script.Expect(". 1:1(0) ack 151");
  BOOST_TEST(script.connection().received() == 150U);
}

BOOST_AUTO_TEST_CASE(CutPayloadCountsInFull) {
  TcpScript script;
  script.Establish();
  TcpSegment segment;
  segment.seq = SeqNum(5'000'001);
  segment.ack = SeqNum(1'000'001);
  segment.flags.bits = TcpFlags::kAck;
  segment.window = 1000;
  segment.payload_length = 1460;  // and none of it captured
  script.connection().OnSegment(segment, script.now());
  BOOST_TEST(script.connection().received() == 1460U);
}

BOOST_AUTO_TEST_CASE(TheLastPushIsRemembered) {
  TcpScript script;
  script.Establish();
  BOOST_TEST(!script.connection().last_received_push());
  script.Inject("P. 1:101(100) ack 1");
  BOOST_TEST(script.connection().last_received_push());
  script.Inject(". 101:201(100) ack 1");
  BOOST_TEST(!script.connection().last_received_push());
  script.Inject("FP. 201:301(100) ack 1");
  BOOST_TEST(script.connection().last_received_push());
  BOOST_TEST(script.connection().received() == 301U);
}

}  // namespace
}  // namespace tcpcopy
