#include <boost/test/unit_test.hpp>

#include "tests/netstack/tcp/tcp_script.h"

// What is lost is sent again: RFC 6298, 5681, 6582; closed windows: RFC 9293 3.8.6.1.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

bool InRecovery(TcpScript& script) {
  return script.connection().sender().recovery().congestion().phase() ==
         CongestionControl::Phase::kRecovery;
}

BOOST_AUTO_TEST_CASE(LostDataIsRetransmittedWithDoubledRto) {
  TcpScript script({.settings = {.max_rto = 1s}});
  script.Establish();
  script.Write(100);
  script.Expect("P. 1:101(100) ack 1");
  script.Advance(100s);
  for (const Duration rto :
       {200ms, 400ms, 800ms, 1000ms, 1000ms, 1000ms, 1000ms, 1000ms, 1000ms, 1000ms}) {
    script.Expect("P. 1:101(100) ack 1", rto);
  }
  script.ExpectNothing();
  BOOST_TEST((script.connection().close_reason() == CloseReason::kTimedOut));
  BOOST_TEST(script.connection().retransmits() == 10U);
  BOOST_TEST(script.pool().in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(RtoFollowsTheMeasuredRoundTrip) {
  TcpScript script;
  script.Connect();
  script.Advance(300ms);
  script.Inject("S. 0:0(0) ack 1");
  script.Ignore();
  script.Write(1);
  script.Expect("P. 1:2(1) ack 1");
  script.Advance(2s);
  script.Expect("P. 1:2(1) ack 1", 900ms);  // 300 + 4 * 150
}

BOOST_AUTO_TEST_CASE(AfterALostSynTheRtoIsThreeSeconds) {  // RFC 6298 5.7
  TcpScript script;
  script.Connect();
  script.Advance(1s);
  script.Ignore();
  script.Inject("S. 0:0(0) ack 1");
  script.Ignore();
  script.Write(1);
  script.Expect("P. 1:2(1) ack 1");
  script.Advance(5s);
  script.Expect("P. 1:2(1) ack 1", 3s);
}

BOOST_AUTO_TEST_CASE(TimestampsMeasureRetransmissionsToo) {  // RFC 7323 4.3 instead of Karn
  TcpScript script({.syn_options = {.mss = 1460, .timestamps = TcpTimestamps{}}});
  script.Connect();
  script.Advance(1s);
  script.Expect("S 0:0(0)");
  script.Expect("S 0:0(0)");
  const std::uint32_t stamp = script.last().options.timestamps->value;
  script.Advance(10ms);
  script.Inject("S. 0:0(0) ack 1", {.mss = 1460, .timestamps = TcpTimestamps{1, stamp}});
  script.Ignore();
  BOOST_TEST((script.connection().sender().rtt().srtt() == 10ms));
}

BOOST_AUTO_TEST_CASE(TimeoutGoesBackAndStartsSlowly) {
  TcpScript script;
  script.Establish();
  script.Write(10 * 1460);
  BOOST_TEST(script.pending() == 10U);
  script.Ignore();
  script.Advance(200ms);
  script.Expect(". 1:1461(1460) ack 1");
  script.ExpectNothing();
  script.Inject(". 1:1(0) ack 1461");
  script.Expect(". 1461:2921(1460) ack 1");
  script.Expect(". 2921:4381(1460) ack 1");
  script.ExpectNothing();
  script.Inject(". 1:1(0) ack 14601");  // only the first had been lost
  script.ExpectNothing();
  BOOST_TEST(script.connection().bytes_acknowledged() == 14600U);
  BOOST_TEST((script.connection().NextTimeout() == kNever));
}

BOOST_AUTO_TEST_CASE(ThreeDuplicateAcksRetransmitAtOnce) {
  TcpScript script;
  script.Establish();
  script.Write(20 * 1460);
  BOOST_TEST(script.pending() == 10U);
  script.Ignore();
  script.Inject(". 1:1(0) ack 1");
  script.Expect(". 14601:16061(1460) ack 1");  // limited transmit, RFC 3042
  script.Inject(". 1:1(0) ack 1");
  script.Expect(". 16061:17521(1460) ack 1");
  script.Inject(". 1:1(0) ack 1");
  script.Expect(". 1:1461(1460) ack 1");
  script.ExpectNothing();
  BOOST_TEST(InRecovery(script));
  script.Inject(". 1:1(0) ack 17521");
  BOOST_TEST(!InRecovery(script));
}

BOOST_AUTO_TEST_CASE(WindowUpdatesAndDataAreNoDuplicateAcks) {
  TcpScript script;
  script.Establish();
  script.Write(5 * 1460);
  script.Ignore();
  for (int i = 0; i < 5; ++i) {
    script.Inject(". 1:1(0) ack 1 win " + std::to_string(60000 - i));
  }
  script.InjectBatch({"P. 1:2(1) ack 1 win 60000", "P. 2:3(1) ack 1 win 60000",
                      "P. 3:4(1) ack 1 win 60000", "P. 4:5(1) ack 1 win 60000"});
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(PartialAckInFastRecoveryRetransmitsNextHole) {  // RFC 6582 3.2
  TcpScript script;
  script.Establish();
  script.Write(10 * 1460);
  script.Ignore();
  for (int i = 0; i < 3; ++i) script.Inject(". 1:1(0) ack 1");
  script.Expect(". 1:1461(1460) ack 1");
  script.Inject(". 1:1(0) ack 4381");
  script.Expect(". 4381:5841(1460) ack 1");
  script.ExpectNothing();
  script.Inject(". 1:1(0) ack 7301");
  script.Expect(". 7301:8761(1460) ack 1");
  script.Inject(". 1:1(0) ack 14601");
  script.ExpectNothing();
  BOOST_TEST(script.connection().retransmits() == 3U);
}

BOOST_AUTO_TEST_CASE(ALostFinIsRepeatedWithItsData) {
  TcpScript script;
  script.Establish();
  script.Write(100);
  script.Close();
  script.Expect("P. 1:101(100) ack 1");
  script.Expect("F. 101:101(0) ack 1");
  script.Advance(200ms);
  script.Expect("FP. 1:101(100) ack 1", 200ms);
}

// --- Closed windows ---

BOOST_AUTO_TEST_CASE(ZeroWindowIsProbedForever) {
  TcpScript script({.settings = {.max_rto = 10s}});
  script.Establish(0);
  script.Write(1000);
  script.ExpectNothing();
  Duration interval = 200ms;
  for (int i = 0; i < 100; ++i) {
    script.Advance(interval);
    script.Expect(". 1:2(1) ack 1");
    script.ExpectNothing();
    script.Inject(". 1:1(0) ack 1 win 0");
    interval = std::min<Duration>(2 * interval, 10s);
  }
  BOOST_TEST((script.state() == TcpState::kEstablished));
  BOOST_TEST(script.connection().retransmits() == 0U);
  script.Inject(". 1:1(0) ack 1 win 5000");
  script.Expect("P. 1:1001(1000) ack 1");
  script.Advance(200ms);
  script.Expect("P. 1:1001(1000) ack 1", 200ms);  // the RTO did not grow with the probes
}

BOOST_AUTO_TEST_CASE(UnansweredProbesEndTheConnection) {
  TcpScript script;
  script.Establish(0);
  script.Write(1000);
  script.Advance(1000s);
  BOOST_TEST(script.pending() == 10U);
  BOOST_TEST((script.connection().close_reason() == CloseReason::kTimedOut));
}

BOOST_AUTO_TEST_CASE(AnAcceptedProbeCounts) {
  TcpScript script;
  script.Establish(0);
  script.Write(1000);
  script.Advance(200ms);
  script.Expect(". 1:2(1) ack 1");
  script.Inject(". 1:1(0) ack 2 win 999");
  script.Expect("P. 2:1001(999) ack 1");
}

BOOST_AUTO_TEST_CASE(AWindowThatClosesOverDataInFlightIsProbed) {
  TcpScript script;
  script.Establish(1000);
  script.Write(2000);
  script.Expect(". 1:1001(1000) ack 1");
  script.Inject(". 1:1(0) ack 1 win 0");  // shrunk
  script.Advance(200ms);
  script.ExpectNothing();
  script.Advance(400ms);
  script.Expect(". 1:2(1) ack 1");
}

BOOST_AUTO_TEST_CASE(AFinAloneIsProbedWith) {
  TcpScript script;
  script.Establish(0);
  script.Close();
  script.ExpectNothing();
  script.Advance(200ms);
  script.Expect("F. 1:1(0) ack 1");
  script.Inject(". 1:1(0) ack 2 win 0");
  BOOST_TEST((script.state() == TcpState::kFinWait2));
}

BOOST_AUTO_TEST_CASE(WithAClosedWindowAcksStayInsideIt) {
  TcpScript script;
  script.Establish(0);
  script.Write(1000);
  script.Advance(200ms);
  script.Expect(". 1:2(1) ack 1");
  script.Inject(". 1:1461(1460) ack 1 win 0");
  script.Inject(". 1461:2921(1460) ack 1 win 0");
  script.Expect(". 1:1(0) ack 2921");
}

}  // namespace
}  // namespace tcpcopy
