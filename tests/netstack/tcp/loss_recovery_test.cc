#include "netstack/tcp/loss_recovery.h"

#include <boost/test/unit_test.hpp>

#include "tests/netstack/tcp/tcp_script.h"

// Recovery with SACK: RACK-TLP (RFC 8985), D-SACK, Eifel. Without SACK:
// tcp_connection_recovery_test.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::uint32_t kMss = 1000;

/// Established with SACK over a path of 20 ms, `segments` full segments in flight.
struct Sack : TcpScript {
  explicit Sack(int segments, bool timestamps = false)
      : TcpScript({.syn_options = OptionsOf(timestamps)}) {
    Connect();
    Advance(20ms);
    Options options = OptionsOf(timestamps);
    if (timestamps) options.timestamps = TcpTimestamps{1, Stamp() - 20};
    Inject("S. 0:0(0) ack 1 win 65535", options);
    if (segments > 0) Write(static_cast<std::uint64_t>(segments) * kMss);
    Ignore();
  }
  static Options OptionsOf(bool timestamps) {
    Options options{.mss = kMss, .sack_permitted = true};
    if (timestamps) {
      options.mss = kMss + 12;
      options.timestamps = TcpTimestamps{1, 0};
    }
    return options;
  }
  std::uint32_t Stamp() const {
    return static_cast<std::uint32_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(now().time_since_epoch()).count());
  }
  /// ACK of `position`, with these blocks.
  void Ack(std::uint32_t position, std::vector<std::array<std::uint32_t, 2>> blocks = {}) {
    Inject(". 1:1(0) ack " + std::to_string(position), {.sack = std::move(blocks)});
  }
  bool InRecovery() {
    return connection().sender().recovery().congestion().phase() ==
           CongestionControl::Phase::kRecovery;
  }
};

BOOST_AUTO_TEST_CASE(ThreeSegmentsBehindAHoleRetransmitAtOnce) {  // RFC 8985 6.2 step 4
  Sack script(6);
  script.Advance(20ms);
  script.Ack(1, {{1001, 4001}});
  script.Expect(". 1:1001(1000) ack 1");
  script.ExpectNothing();
  BOOST_TEST(script.InRecovery());
  script.Ack(6001);
  BOOST_TEST(!script.InRecovery());
  BOOST_TEST(script.connection().retransmits() == 1U);
}

BOOST_AUTO_TEST_CASE(
    FewSegmentsBehindAHoleRetransmitAfterTheReorderWindow) {  // RFC 8985 6.2 step 5
  Sack script(2);
  script.Advance(20ms);
  script.Ack(1, {{1001, 2001}});
  script.ExpectNothing();
  script.Advance(4ms);
  script.ExpectNothing();
  script.Advance(1ms);  // a quarter of 20 ms
  script.Expect(". 1:1001(1000) ack 1");
}

BOOST_AUTO_TEST_CASE(AllHolesAreRetransmittedInOneRoundTrip) {
  Sack script(10);
  script.Advance(20ms);
  script.Ack(1, {{9001, 10001}, {5001, 8001}, {1001, 4001}});
  script.Expect(". 1:1001(1000) ack 1");
  script.Expect(". 4001:5001(1000) ack 1");
  script.Expect(". 8001:9001(1000) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(ALostRetransmissionIsSentAgainWithoutATimeout) {  // RFC 8985 3.4
  Sack script(10);
  script.Advance(20ms);
  script.Ack(1, {{1001, 8001}});
  script.Expect(". 1:1001(1000) ack 1");
  script.Advance(1ms);
  script.Write(1000);  // sent after the retransmission
  script.Expect("P. 10001:11001(1000) ack 1");
  script.Advance(20ms);
  script.Ack(1, {{1001, 11001}});
  script.Expect(". 1:1001(1000) ack 1");
  BOOST_TEST(script.connection().retransmits() == 2U);
}

BOOST_AUTO_TEST_CASE(ALostTailIsProbedAfterTwoRoundTrips) {  // RFC 8985 7.2, 7.3
  Sack script(3);
  script.Advance(39ms);
  script.ExpectNothing();
  script.Advance(1ms);
  script.Expect("P. 2001:3001(1000) ack 1");
  script.Advance(20ms);
  script.Ack(1, {{2001, 3001}});  // so the two before it were lost
  script.Advance(5ms);
  script.Expect(". 1:1001(1000) ack 1");
  script.Advance(20ms);
  script.Ack(1001, {{2001, 3001}});
  script.Expect(". 1001:2001(1000) ack 1");
}

BOOST_AUTO_TEST_CASE(ASingleSegmentLeavesTimeForADelayedAck) {  // RFC 8985 7.2
  Sack script(1);
  script.Advance(199ms);
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(AProbeThatRepairedALossHalvesTheWindow) {  // RFC 8985 7.4
  Sack script(3);
  const std::uint32_t before = script.connection().sender().recovery().congestion().cwnd();
  script.Advance(40ms);
  script.Expect("P. 2001:3001(1000) ack 1");
  script.Advance(20ms);
  script.Ack(3001);
  BOOST_TEST(script.connection().sender().recovery().congestion().cwnd() >= before);
  script.Write(1000);
  script.Ack(4001);  // and no report that the last one came twice
  BOOST_TEST(script.connection().sender().recovery().congestion().cwnd() < before);
}

BOOST_AUTO_TEST_CASE(NonsenseBlocksAreIgnored) {  // RFC 2018 5
  Sack script(5);
  script.Advance(20ms);
  script.Ack(1, {{5001, 6001}, {3001, 2001}, {0xf0000000, 0xf0001000}, {1, 1001}});
  script.Ack(1, {{2001, 0x7fffffff}});
  script.ExpectNothing();
  BOOST_TEST(script.connection().sender().recovery().sacked() == 0U);
}

BOOST_AUTO_TEST_CASE(ATargetMayTakeBackWhatItReported) {  // RFC 2018 8
  Sack script(5);
  script.Advance(20ms);
  script.Ack(1, {{1001, 2001}});
  script.Ignore();
  script.Ack(1001);  // and not 2001: it has dropped it
  BOOST_TEST(script.connection().sender().recovery().sacked() == 0U);
  script.Advance(2s);
  script.Ack(5001);
  BOOST_TEST(script.connection().bytes_acknowledged() == 5000U);
}

BOOST_AUTO_TEST_CASE(ATimeoutThatAnEchoProvesWrongIsUndone) {  // RFC 3522, RFC 4015
  Sack script(1, true);
  const std::uint32_t sent = script.Stamp();
  const auto cwnd = [&] { return script.connection().sender().recovery().congestion().cwnd(); };
  const std::uint32_t before = cwnd();
  script.Advance(250ms);
  BOOST_TEST(script.pending() >= 1U);
  BOOST_TEST(cwnd() < before);
  script.Inject(". 1:1(0) ack 1001", {.timestamps = TcpTimestamps{2, sent}});
  BOOST_TEST(cwnd() == before);
}

BOOST_AUTO_TEST_CASE(ATimeoutThatDsackProvesWrongIsUndone) {  // RFC 3708
  Sack script(1);
  const auto cwnd = [&] { return script.connection().sender().recovery().congestion().cwnd(); };
  const std::uint32_t before = cwnd();
  script.Advance(210ms);
  script.Expect("P. 1:1001(1000) ack 1");
  script.ExpectNothing();
  BOOST_TEST(cwnd() < before);
  script.Ack(1001);
  script.Ack(1001, {{1, 1001}});
  BOOST_TEST(cwnd() >= before);
}

BOOST_AUTO_TEST_CASE(OnlyAnEchoOfTheRetransmissionMeasuresIt) {  // Karn, RFC 6298 3
  Sack script(1, true);
  const Duration before = script.connection().sender().rtt().srtt();
  const std::uint32_t sent = script.Stamp();
  script.Advance(1s);
  script.Inject(". 1:1(0) ack 1001", {.timestamps = TcpTimestamps{2, sent}});
  BOOST_TEST((script.connection().sender().rtt().srtt() == before));
}

// --- Path MTU ---

BOOST_AUTO_TEST_CASE(ARoutersWordLowersTheSegmentAndSendsAgain) {  // RFC 1191 4, 6.5
  TcpScript script;
  script.Establish();
  script.Write(2 * 1460);
  script.Ignore();
  const std::uint32_t before = script.connection().sender().recovery().congestion().cwnd();
  script.connection().OnPathMtu(SeqNum(1'000'001), 1240, script.now());
  script.Advance(0ms);
  script.Write(1);
  script.Expect(". 1:1201(1200) ack 1");
  script.Expect(". 1201:2401(1200) ack 1");
  BOOST_TEST(script.connection().sender().recovery().congestion().cwnd() == before / 1460 * 1200);
}

BOOST_AUTO_TEST_CASE(ForgedWordsAboutThePathAreNotBelieved) {  // RFC 5927 4
  TcpScript script;
  script.Establish();
  script.Write(1460);
  script.Ignore();
  script.connection().OnPathMtu(SeqNum(1'000'000), 600, script.now());  // acknowledged
  script.connection().OnPathMtu(SeqNum(1'001'461), 600, script.now());  // never sent
  script.connection().OnPathMtu(SeqNum(1'000'001), 1500, script.now());
  BOOST_TEST(script.connection().sender().mss() == 1460U);
  script.connection().OnPathMtu(SeqNum(1'000'001), 68, script.now());
  BOOST_TEST(script.connection().sender().mss() == 500U);
}

BOOST_AUTO_TEST_CASE(ABlackHoleForFullSegmentsIsEscaped) {  // RFC 8899 4.3
  TcpScript script;
  script.Establish();
  script.Write(3000);
  script.Ignore();
  script.Advance(200ms + 400ms);
  script.Expect(". 1:1461(1460) ack 1");
  script.Expect(". 1:1461(1460) ack 1");
  script.Advance(800ms);
  script.Expect(". 1:1201(1200) ack 1");
  script.Advance(1600ms);
  script.Expect(". 1:1201(1200) ack 1");
  script.Advance(3200ms);
  script.Expect(". 1:537(536) ack 1");
  script.Inject(". 1:1(0) ack 537");
  script.Expect(". 537:1073(536) ack 1");
}

}  // namespace
}  // namespace tcpcopy
