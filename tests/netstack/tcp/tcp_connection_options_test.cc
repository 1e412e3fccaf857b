#include <boost/test/unit_test.hpp>

#include "tests/netstack/tcp/tcp_script.h"

// MSS, window scale, SACK-permitted and timestamps: what is offered, agreed on and then done.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

BOOST_AUTO_TEST_CASE(SynOptionsMirrorTheClients) {
  const Options all = {
      .mss = 1400, .window_scale = 7, .sack_permitted = true, .timestamps = TcpTimestamps{9, 0}};
  TcpScript script({.syn_options = all});
  script.Connect();
  script.Expect("S 0:0(0) win 65535");
  BOOST_TEST((script.last().options.mss == 1400));
  BOOST_TEST((script.last().options.window_scale == 7));
  BOOST_TEST(script.last().options.sack_permitted);
  BOOST_TEST((script.last().options.timestamps == TcpTimestamps{1'000'000, 0}));

  TcpScript bare({.syn_options = {}});
  bare.Connect();
  bare.Expect("S 0:0(0)");
  BOOST_TEST((bare.last().options == TcpOptions{}));
}

BOOST_AUTO_TEST_CASE(SynOptionsAreBounded) {
  TcpScript loopback({.syn_options = {.mss = 65495, .window_scale = 15}});
  loopback.Connect();
  loopback.Expect("S 0:0(0)");
  BOOST_TEST((loopback.last().options.mss == 1460));
  BOOST_TEST((loopback.last().options.window_scale == 14));

  TcpScript v6({.syn_options = {.mss = 65475}, .ipv6 = true});
  v6.Connect();
  v6.Expect("S 0:0(0)");
  BOOST_TEST((v6.last().options.mss == 1440));

  TcpScript limited({.settings = {.max_mss = 1000}});
  limited.Connect();
  limited.Expect("S 0:0(0)");
  BOOST_TEST((limited.last().options.mss == 1000));
}

BOOST_AUTO_TEST_CASE(OptionsTheTargetDeclinesAreNotUsed) {
  TcpScript script(
      {.syn_options = {
           .mss = 1460, .window_scale = 7, .sack_permitted = true, .timestamps = TcpTimestamps{}}});
  script.Establish(1000, {.mss = 1460});
  script.Write(2000);
  script.Expect(". 1:1001(1000) ack 1 win 65535");  // nothing scaled on either side
  BOOST_TEST((script.last().options == TcpOptions{}));
  script.Inject(". 100:200(100) ack 1001 win 1000");
  script.Expect("P. 1001:2001(1000) ack 1");
  BOOST_TEST(script.last().options.sack_count == 0U);
}

BOOST_AUTO_TEST_CASE(WindowsAreScaledButNotThatOfTheSynAck) {
  TcpScript script({.syn_options = {.mss = 1460, .window_scale = 7}});
  script.Connect();
  script.Expect("S 0:0(0) win 65535");
  script.Inject("S. 0:0(0) ack 1 win 1460", {.mss = 1460, .window_scale = 3});
  script.Expect(". 1:1(0) ack 1 win 8192");  // 2^20 >> 7
  script.Write(10000);
  script.Expect(". 1:1461(1460) ack 1");
  script.ExpectNothing();
  script.Inject(". 1:1(0) ack 1461 win 365");  // << 3 is 2920
  script.Expect(". 1461:2921(1460) ack 1");
  script.Expect(". 2921:4381(1460) ack 1");
  script.ExpectNothing();
}

BOOST_AUTO_TEST_CASE(MssIsTheSmallestOfAllLimits) {
  TcpScript peer_limits;
  peer_limits.Establish(65535, {.mss = 500});
  peer_limits.Write(600);
  peer_limits.Expect(". 1:501(500) ack 1");
  peer_limits.Expect("P. 501:601(100) ack 1");

  TcpScript no_option;
  no_option.Establish(65535, {});
  no_option.Write(600);
  no_option.Expect(". 1:537(536) ack 1");

  TcpScript no_option_v6({.ipv6 = true});
  no_option_v6.Establish(65535, {});
  no_option_v6.Write(1300);
  no_option_v6.Expect(". 1:1221(1220) ack 1");

  TcpScript absurd;
  absurd.Establish(65535, {.mss = 0});
  absurd.Write(100);
  absurd.Expect(". 1:49(48) ack 1");
}

BOOST_AUTO_TEST_CASE(TimestampBytesCountAgainstTheMss) {
  TcpScript script({.syn_options = {.mss = 1460, .timestamps = TcpTimestamps{}}});
  script.Connect();
  script.Expect("S 0:0(0)");
  script.Inject("S. 0:0(0) ack 1", {.mss = 1460, .timestamps = TcpTimestamps{77, 1'000'000}});
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST((script.last().options.timestamps == TcpTimestamps{1'000'000, 77}));
  script.Advance(5ms);
  script.Write(1500);
  script.Expect(". 1:1449(1448) ack 1");
  BOOST_TEST(script.last_sent().ip_bytes == 1500U);
  BOOST_TEST((script.last().options.timestamps == TcpTimestamps{1'000'005, 77}));
}

BOOST_AUTO_TEST_CASE(WorksOverIpv6) {
  TcpScript script({.ipv6 = true});
  script.Establish(65535, {.mss = 1440});
  script.Write(2000);
  script.Expect(". 1:1441(1440) ack 1");
  BOOST_TEST(script.last_sent().ip_bytes == 1500U);
  script.Expect("P. 1441:2001(560) ack 1");
  script.Inject("P. 1:101(100) ack 2001");
  script.Advance(40ms);
  script.Expect(". 2001:2001(0) ack 101", 40ms);
}

BOOST_AUTO_TEST_CASE(TwoSegmentsMergedByTheCaptureAreAcknowledgedAtOnce) {
  constexpr struct {
    const char* merged;
    Options ours;
    Options theirs;
  } kCases[] = {
      {". 1:2921(2920) ack 1", {.mss = 1460}, {.mss = 1460}},
      // Timestamps take their room from each segment.
      {". 1:2897(2896) ack 1",
       {.mss = 1460, .timestamps = TcpTimestamps{}},
       {.mss = 1460, .timestamps = TcpTimestamps{1, 0}}},
      // What the target can receive bounds what it sends.
      {". 1:2721(2720) ack 1", {.mss = 1460}, {.mss = 1360}},
      {". 1:1073(1072) ack 1", {}, {.mss = 1460}},
      {". 1:1073(1072) ack 1", {.mss = 5, .timestamps = TcpTimestamps{}}, {.mss = 7}},
  };
  for (const auto& [merged, ours, theirs] : kCases) {
    BOOST_TEST_CONTEXT(merged) {
      TcpScript script({.syn_options = ours});
      script.Establish(65535, theirs);
      script.Inject(merged, {.timestamps = theirs.timestamps});
      BOOST_TEST(script.pending() == 1U);
    }
  }
}

}  // namespace
}  // namespace tcpcopy
