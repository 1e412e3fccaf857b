#include <boost/test/unit_test.hpp>

#include "tests/netstack/tcp/tcp_script.h"

// Segments that do not belong: outside the window, old, forged. The tables are the specification.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;

enum class Answer { kNothing, kAck };

constexpr std::int64_t kWindow = 65535;

// What an established connection (RCV.NXT = 1, SND.NXT = 1 relative) does with a segment. `seq` is
// relative to RCV.NXT; RFC 9293 3.10.7.4, RFC 5961 for RST, SYN and ACK.
constexpr struct {
  const char* flags;
  std::int64_t seq;
  std::uint32_t length;
  std::uint32_t ack;  // relative: 1 acknowledges our SYN
  Answer answer;
} kOutsideTheWindow[] = {
    // Outside the window: an ACK, unless it is a RST.
    {".", -1, 0, 1, Answer::kAck},
    {".", kWindow, 0, 1, Answer::kAck},
    {".", kWindow, 10, 1, Answer::kAck},
    {".", -10, 10, 1, Answer::kAck},
    {".", -(1LL << 31) + 1, 10, 1, Answer::kAck},
    {"P.", kWindow + 100, 1, 1, Answer::kAck},
    {"F.", -1, 0, 1, Answer::kAck},
    {"F.", kWindow, 0, 1, Answer::kAck},
    {"S", kWindow, 0, 1, Answer::kAck},
    {"S", -1, 0, 1, Answer::kAck},
    {"S.", -1, 0, 1, Answer::kAck},
    {"R", -1, 0, 1, Answer::kNothing},
    {"R", kWindow, 0, 1, Answer::kNothing},
    {"R.", kWindow, 0, 1, Answer::kNothing},
    {"R.", -10, 10, 1, Answer::kNothing},
    {"", -10, 10, 1, Answer::kAck},
    // Inside the window, but not what is needed.
    {"R", 1, 0, 1, Answer::kAck},
    {"R", kWindow - 1, 0, 1, Answer::kAck},
    {"S", 0, 0, 1, Answer::kAck},
    {"S", 1, 0, 1, Answer::kAck},
    {"S.", kWindow - 1, 0, 1, Answer::kAck},
    {"", 0, 10, 1, Answer::kNothing},  // no ACK bit: dropped
    {"F", 0, 10, 1, Answer::kNothing},
    {".", 0, 0, 2, Answer::kAck},  // acknowledges what was never sent
    {".", 0, 10, 2, Answer::kAck},
    {".", 0, 10, 1U << 31, Answer::kAck},
    {".", 0, 10, 0xffff0000, Answer::kAck},  // older than any window of ours
    // Nothing wrong.
    {".", 0, 0, 1, Answer::kNothing},
    {".", kWindow - 1, 0, 1, Answer::kNothing},
    {".", 0, 0, 0, Answer::kNothing},  // an old ACK
    // Out of order.
    {".", kWindow - 1, 10, 1, Answer::kAck},
};

BOOST_AUTO_TEST_CASE(SegmentsThatDoNotBelongChangeNothing) {
  for (const bool ipv6 : {false, true}) {
    for (const auto& row : kOutsideTheWindow) {
      TcpScript script({.ipv6 = ipv6});
      script.Establish();
      const auto seq = static_cast<std::uint32_t>(1 + row.seq);
      const std::string text = (row.flags[0] == 0 ? "-" : row.flags) + std::string(" ") +
                               std::to_string(seq) + ":" + std::to_string(seq + row.length) + "(" +
                               std::to_string(row.length) + ") ack " + std::to_string(row.ack);
      BOOST_TEST_CONTEXT(text) {
        script.Inject(text);
        if (row.answer == Answer::kAck) script.Expect(". 1:1(0) ack 1");
        script.ExpectNothing();
        BOOST_TEST((script.state() == TcpState::kEstablished));
        BOOST_TEST(script.connection().received() == 0U);
        script.Inject("P. 1:11(10) ack 1");
        BOOST_TEST(script.connection().received() == 10U);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(AnAckStormDies) {
  TcpScript script;
  script.Establish();
  for (int i = 0; i < 100; ++i) script.Inject(". 100000:100000(0) ack 1");
  BOOST_TEST(script.pending() == 1U);
}

BOOST_AUTO_TEST_CASE(OldTimestampsAreRefused) {  // PAWS, RFC 7323 5
  TcpScript script({.syn_options = {.mss = 1460, .timestamps = TcpTimestamps{}}});
  script.Connect();
  script.Inject("S. 0:0(0) ack 1", {.mss = 1460, .timestamps = TcpTimestamps{100, 0}});
  script.Ignore();
  script.Inject(". 1:11(10) ack 1", {.timestamps = TcpTimestamps{99, 0}});
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST(script.connection().received() == 0U);
  script.Inject(". 1:11(10) ack 1", {.timestamps = TcpTimestamps{100, 0}});
  BOOST_TEST(script.connection().received() == 10U);
  script.Inject(". 11:21(10) ack 1");  // the option left out: let through
  BOOST_TEST(script.connection().received() == 20U);
  script.Inject("R. 21:21(0) ack 1", {.timestamps = TcpTimestamps{1, 0}});  // not for RST
  BOOST_TEST((script.connection().close_reason() == CloseReason::kReset));
}

BOOST_AUTO_TEST_CASE(AbsurdEchoesMeasureNothing) {
  TcpScript script({.syn_options = {.mss = 1460, .timestamps = TcpTimestamps{}}});
  script.Connect();
  script.Advance(30ms);
  script.Inject("S. 0:0(0) ack 1", {.mss = 1460, .timestamps = TcpTimestamps{100, 0xdeadbeef}});
  BOOST_TEST((script.connection().sender().rtt().srtt() == 30ms));  // by our own watch
}

BOOST_AUTO_TEST_CASE(BadAckInSynReceivedIsReset) {
  TcpScript script;
  script.Connect();
  script.Inject("S 0:0(0)");
  script.Ignore();
  script.Inject(". 1:1(0) ack 77");
  script.Expect("R. 77:77(0) ack 1");
  BOOST_TEST((script.state() == TcpState::kSynReceived));
  script.Inject("R. 1:1(0) ack 1");
  BOOST_TEST((script.connection().close_reason() == CloseReason::kRefused));
}

BOOST_AUTO_TEST_CASE(KeepAliveProbesAreAnswered) {  // RFC 9293 3.8.4, RFC 1122 4.2.3.6
  TcpScript script;
  script.Establish();
  script.Inject(". 0:0(0) ack 1");  // without and with its byte of garbage
  script.Expect(". 1:1(0) ack 1");
  script.Advance(std::chrono::seconds(75));
  script.Inject(". 0:1(1) ack 1");
  script.Expect(". 1:1(0) ack 1");
  BOOST_TEST(script.connection().received() == 0U);
}

}  // namespace
}  // namespace tcpcopy
