#include <boost/test/unit_test.hpp>

#include "tests/netstack/tcp/tcp_script.h"

// Closing, in every order; resets; TIME-WAIT. RFC 9293 3.6 and 3.10.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

BOOST_AUTO_TEST_CASE(WeCloseFirst) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Expect("F. 1:1(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kFinWait1));
  script.Inject(". 1:1(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kFinWait2));
  BOOST_TEST(script.connection().fin_acknowledged());
  BOOST_TEST(script.connection().bytes_acknowledged() == 0U);
  script.Inject("F. 1:1(0) ack 2");
  script.Expect(". 2:2(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kTimeWait));
  BOOST_TEST(script.connection().peer_closed());
  script.Advance(1s);
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kNormal));
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(TheHandshakesAckMayWaitForARequest) {
  for (const bool asks : {false, true}) {
    TcpScript script({.settings = {.handshake_ack_wait = 5ms}});
    script.Connect();
    script.Expect("S 0:0(0)");
    script.Inject("S. 0:0(0) ack 1");
    script.Advance(4ms);
    script.ExpectNothing();
    if (asks) script.Write(10);
    script.Advance(1ms);
    script.Expect(asks ? "P. 1:11(10) ack 1" : ". 1:1(0) ack 1");
    script.ExpectNothing();
  }
}

BOOST_AUTO_TEST_CASE(TheTargetClosesFirst) {
  TcpScript script;
  script.Establish();
  script.Inject("F. 1:1(0) ack 1");
  script.ExpectNothing();  // our FIN may be near
  script.Advance(40ms);
  script.Expect(". 1:1(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kCloseWait));
  script.Close();
  script.Expect("F. 1:1(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kLastAck));
  script.Inject(". 2:2(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kNormal));
  BOOST_TEST((script.connection().NextTimeout() == kNever));
}

BOOST_AUTO_TEST_CASE(FinAndItsAckInOneSegment) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Expect("F. 1:1(0) ack 1");
  script.Inject("F. 1:1(0) ack 2");
  script.Expect(". 2:2(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kTimeWait));
}

BOOST_AUTO_TEST_CASE(SimultaneousClose) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Expect("F. 1:1(0) ack 1");
  script.Inject("F. 1:1(0) ack 1");
  script.Expect(". 2:2(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kClosing));
  script.Inject(". 2:2(0) ack 2");
  BOOST_TEST((script.state() == TcpState::kTimeWait));
  script.Advance(1s);
  BOOST_TEST((script.connection().close_reason() == CloseReason::kNormal));
}

BOOST_AUTO_TEST_CASE(FinRidesOnTheLastData) {
  TcpScript script;
  script.Establish(1000);
  script.Write(1500);
  script.Expect(". 1:1001(1000) ack 1");
  script.Close();
  script.ExpectNothing();
  script.Inject(". 1:1(0) ack 1001");
  script.Expect("FP. 1001:1501(500) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(FinWaitsForTheWindow) {
  TcpScript script;
  script.Establish(1000);
  script.Write(1000);
  script.Close();
  script.Expect("P. 1:1001(1000) ack 1");  // no room for FIN
  script.ExpectNothing();
  script.Inject(". 1:1(0) ack 1001");
  script.Expect("F. 1001:1001(0) ack 1");
}

BOOST_AUTO_TEST_CASE(CloseGivesBackWhatWasNotPushed) {
  TcpScript script;
  script.Establish();
  BOOST_TEST(script.Buffer(100'000));
  script.Push(10);
  script.Expect("P. 1:11(10) ack 1");
  script.Close();
  script.Expect("F. 11:11(0) ack 1");
  BOOST_TEST(script.pool().in_use() == 1U);
  BOOST_TEST(script.Buffer(10));  // no place for them any more
  BOOST_TEST(script.connection().bytes_buffered() == 10U);
  script.Push(10);
  script.ExpectNothing();
  BOOST_TEST(script.connection().bytes_pushed() == 10U);
}

BOOST_AUTO_TEST_CASE(HalfCloseOnOurSideStillReceives) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Expect("F. 1:1(0) ack 1");
  script.Inject("P. 1:101(100) ack 1");  // FIN-WAIT-1
  script.Inject("P. 101:201(100) ack 2");
  BOOST_TEST((script.state() == TcpState::kFinWait2));
  script.Advance(40ms);
  script.Expect(". 2:2(0) ack 201");
  script.Inject("FP. 201:301(100) ack 2");
  script.Expect(". 2:2(0) ack 302");
  BOOST_TEST(script.connection().received() == 301U);
  BOOST_TEST((script.state() == TcpState::kTimeWait));
}

BOOST_AUTO_TEST_CASE(TheAckOfTheTargetsFinRidesOnOurs) {
  TcpScript script;
  script.Establish();
  script.Inject("F. 1:1(0) ack 1");
  script.Advance(39ms);
  script.Close();
  script.Expect("F. 1:1(0) ack 2");
  script.Advance(40ms);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(HalfCloseOnTheTargetsSideStillSends) {
  TcpScript script;
  script.Establish();
  script.Inject("F. 1:1(0) ack 1");
  script.ExpectNothing();  // our FIN may be near
  script.Advance(40ms);
  script.Expect(". 1:1(0) ack 2");
  script.Write(3000);
  script.Expect(". 1:1461(1460) ack 2");
  script.Expect(". 1461:2921(1460) ack 2");
  script.Expect("P. 2921:3001(80) ack 2");
  script.Inject(". 2:2(0) ack 3001");
  script.Close();
  script.Expect("F. 3001:3001(0) ack 2");
}

BOOST_AUTO_TEST_CASE(FinOutOfOrderWaitsForTheHole) {
  TcpScript script;
  script.Establish();
  script.Inject("F. 101:201(100) ack 1");
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST(!script.connection().peer_closed());
  script.Inject(". 1:101(100) ack 1");
  script.Expect(". 1:1(0) ack 202");
  BOOST_TEST(script.connection().peer_closed());
  BOOST_TEST((script.state() == TcpState::kCloseWait));
}

BOOST_AUTO_TEST_CASE(DataBehindTheFinIsNotCounted) {
  TcpScript script;
  script.Establish();
  script.Inject("F. 1:101(100) ack 1");
  script.ExpectNothing();  // our FIN may be near
  script.Advance(40ms);
  script.Expect(". 1:1(0) ack 102");
  script.Inject(". 102:202(100) ack 1");
  script.Expect(". 1:1(0) ack 102");
  BOOST_TEST(script.connection().received() == 101U);
}

BOOST_AUTO_TEST_CASE(FinIsRetransmitted) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Expect("F. 1:1(0) ack 1");
  script.Advance(200ms);
  script.Expect("F. 1:1(0) ack 1", 200ms);
  BOOST_TEST(script.connection().retransmits() == 1U);
  script.Inject(". 1:1(0) ack 2");
  script.Advance(1000s);
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kFinWait2));
}

BOOST_AUTO_TEST_CASE(TimeWaitAcksARepeatedFinAndWaitsAnew) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Expect("F. 1:1(0) ack 1");
  script.Inject("F. 1:1(0) ack 2");
  script.Expect(". 2:2(0) ack 2");
  script.Advance(900ms);
  script.Inject("F. 1:1(0) ack 2");
  script.Expect(". 2:2(0) ack 2");
  script.Advance(900ms);
  BOOST_TEST((script.state() == TcpState::kTimeWait));
  script.Advance(100ms);
  BOOST_TEST((script.state() == TcpState::kClosed));
}

// --- RST ---

BOOST_AUTO_TEST_CASE(ResetClosesAtOnce) {
  TcpScript script;
  script.Establish();
  script.Write(5000);
  script.Ignore();
  script.Inject("R. 1:1(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kReset));
  BOOST_TEST(script.connection().was_established());
  BOOST_TEST(script.pool().in_use() == 0U);
  script.Advance(1000s);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(ResetNeedsNoAck) {
  TcpScript script;
  script.Establish();
  script.Inject("R 1:1(0)");
  BOOST_TEST((script.connection().close_reason() == CloseReason::kReset));
}

BOOST_AUTO_TEST_CASE(ResetOutsideTheWindowIsIgnored) {
  TcpScript script;
  script.Establish();
  script.Inject("R. 0:0(0) ack 1");
  script.Inject("R. 65536:65536(0) ack 1");
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kEstablished));
}

BOOST_AUTO_TEST_CASE(InexactResetInTheWindowIsChallenged) {  // RFC 5961 3.2
  TcpScript script;
  script.Establish();
  script.Inject("R. 2:2(0) ack 1");
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kEstablished));
}

BOOST_AUTO_TEST_CASE(SynInASynchronizedStateIsChallenged) {  // RFC 5961 4.2
  TcpScript script;
  script.Establish();
  script.Inject("S 1:1(0)");
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kEstablished));
  script.Inject("S. 0:0(0) ack 1");  // a repeated SYN-ACK: our ACK was lost
  script.Expect(". 1:1(0) ack 1");
}

BOOST_AUTO_TEST_CASE(ChallengesAreLimited) {  // RFC 5961 7
  TcpScript script;
  script.Establish();
  for (int i = 0; i < 10; ++i) script.Inject("R. 2:2(0) ack 1");
  script.Expect(". 1:1(0) ack 1");
  script.ExpectNothing();
  script.Advance(500ms);
  script.Inject("R. 2:2(0) ack 1");
  script.Expect(". 1:1(0) ack 1");
}

BOOST_AUTO_TEST_CASE(ResetInTimeWaitEndsTheWaiting) {
  TcpScript script;
  script.Establish();
  script.Close();
  script.Inject("F. 1:1(0) ack 2");
  script.Inject("R 2:2(0)");
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kNormal));
}

BOOST_AUTO_TEST_CASE(AbortSendsOneReset) {
  TcpScript script;
  script.Establish();
  script.Write(100);
  script.Expect("P. 1:101(100) ack 1");
  script.Inject(". 1:11(10) ack 101");
  script.Abort();
  script.Expect("R. 101:101(0) ack 11");
  script.ExpectNothing();
  BOOST_TEST((script.connection().NextTimeout() == kNever));
  BOOST_TEST((script.state() == TcpState::kClosed));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kAborted));
  BOOST_TEST(script.pool().in_use() == 0U);
  script.Abort();
  script.Inject(". 11:21(10) ack 101");
  script.Advance(100s);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(AbortAfterATimeoutIsNumberedBehindAllThatWasSent) {
  TcpScript script;
  script.Establish();
  script.Write(4000);
  script.Ignore();
  script.Advance(200ms);
  script.Expect(". 1:1461(1460) ack 1");  // SND.NXT has gone back
  script.Abort();
  script.Expect("R. 4001:4001(0) ack 1");
}

BOOST_AUTO_TEST_CASE(AResetThatMissedIsRepeatedAsTheTargetAsks) {  // RFC 9293 3.10.7.1
  TcpScript script;
  script.Establish();
  script.Write(4000);
  script.Ignore();
  script.Abort();
  script.Expect("R. 4001:4001(0) ack 1");
  BOOST_TEST(script.pool().in_use() == 0U);
  script.Inject(". 1:1(0) ack 1461");  // the second segment was lost: a challenge
  script.Expect("R. 1461:1461(0) ack 1");
  script.ExpectNothing();
  script.Inject("R. 1:1(0) ack 1461");
  BOOST_TEST((script.connection().NextTimeout() == kNever));
  script.Inject(". 1:1(0) ack 1461");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(AResetIsRepeatedForAWhileOnly) {
  TcpScript script;
  script.Establish();
  script.Write(100);
  script.Abort();
  script.Ignore();
  script.Advance(1s);
  BOOST_TEST((script.connection().NextTimeout() == kNever));
  BOOST_TEST((script.connection().close_reason() == CloseReason::kAborted));
  script.Inject(". 1:1(0) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(AbortOfAnOpeningConnectionIsSilent) {
  TcpScript script;
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Abort();
  script.ExpectNothing();
  BOOST_TEST((script.connection().close_reason() == CloseReason::kAborted));
  script.Inject("S. 0:0(0) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(AbortInLastAckIsSilent) {
  TcpScript script;
  script.Establish();
  script.Inject("F. 1:1(0) ack 1");
  script.Close();
  script.Ignore();
  script.Abort();
  script.ExpectNothing();
  BOOST_TEST((script.state() == TcpState::kClosed));
}

BOOST_AUTO_TEST_CASE(DestructionGivesTheBytesBack) {
  BlockPool pool(1U << 20);
  {
    const TcpSettings settings;
    TcpMemory memory(pool);
    TcpConnection connection(settings, memory);
    BOOST_TEST(connection.Buffer(std::vector<std::uint8_t>(100'000)));
    BOOST_TEST(pool.in_use() > 40U);
  }
  BOOST_TEST(pool.in_use() == 0U);
}

}  // namespace
}  // namespace tcpcopy
