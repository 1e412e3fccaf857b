#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/replay/stream_client.h"

// Protection against sequence numbers that have come round (RFC 7323 5): it must never cost bytes
// that the client really sent.

namespace tcpcopy {
namespace {

using testing::StreamClient;
using Verdict = ClientStream::Verdict;

constexpr std::uint32_t kChunk = 16U << 20;
constexpr std::uint64_t kRound = std::uint64_t{1} << 32;

/// A client that says gigabytes, of which only the count is kept.
struct LongClient final : ClientStream::ByteSink {
  bool Append(ConstBytes more) override {
    bytes += more.size();
    return true;
  }
  std::uint64_t CountDifferentAt(std::uint64_t, ConstBytes) const override { return 0; }

  Verdict Says(std::uint64_t offset, const std::string& text, std::uint32_t timestamp) {
    TcpSegment segment;
    segment.seq = SeqNum(StreamClient::kIss + 1 + static_cast<std::uint32_t>(offset));
    segment.ack = SeqNum(1);
    segment.flags.bits = TcpFlags::kAck;
    segment.options.timestamps = TcpTimestamps{timestamp, 0};
    segment.payload = StreamClient::AsBytes(text);
    segment.payload_length = static_cast<std::uint32_t>(text.size());
    return client.stream.OnSegment(segment, *this);
  }
  /// In order, until `until` bytes are known; the timestamp grows by one with each chunk.
  void TalkUntil(std::uint64_t until) {
    while (bytes < until) Says(bytes, chunk, Now());
  }
  std::uint32_t Now() const { return 7000 + static_cast<std::uint32_t>(bytes / kChunk); }

  StreamClient client;
  const std::string chunk = std::string(kChunk, 'x');
  std::uint64_t bytes = 0;
};

BOOST_AUTO_TEST_CASE(AnOldDuplicateWhoseNumbersHaveComeRoundIsDropped) {
  LongClient client;
  client.TalkUntil(kRound + kChunk);
  // The numbers of two chunks into the first round are those of one chunk ahead of the edge now.
  const std::uint64_t old = 2 * std::uint64_t{kChunk};
  BOOST_CHECK(client.Says(old, "old", 7002) == Verdict::kNothingNew);
  BOOST_TEST(!client.client.stream.HasGap());
  client.TalkUntil(kRound + 4 * std::uint64_t{kChunk});
  BOOST_TEST(client.client.stream.conflicting_bytes() == 0U);
}

BOOST_AUTO_TEST_CASE(InTheSecondRoundLateSegmentsOfTheLastWindowAreTaken) {
  LongClient client;
  client.TalkUntil(kRound + kChunk);
  const std::uint32_t a_window_ago = client.Now() - (1U << 30) / kChunk;
  client.Says(kRound + kChunk + 3, "late", a_window_ago);
  BOOST_TEST(client.client.stream.HasGap());
  client.Says(kRound + kChunk, "abc", client.Now());
  BOOST_TEST(client.bytes == kRound + kChunk + 7);
}

// With a clock of microseconds, as Linux may have, a millisecond of disorder is 1,000 ticks.
BOOST_AUTO_TEST_CASE(ASegmentCapturedLateIsTakenHoweverFastTheClock) {
  StreamClient client;
  client.timestamps = TcpTimestamps{1'000'000, 0};
  client.Says(0, "");
  client.timestamps = TcpTimestamps{9'000'000, 0};
  client.Says(0, "abc");  // a retransmission
  client.timestamps = TcpTimestamps{1'002'000, 0};
  client.Says(6, "ghi");
  BOOST_TEST(client.stream.HasGap());
  client.Says(3, "def");
  BOOST_TEST(client.bytes == "abcdefghi");
}

BOOST_AUTO_TEST_CASE(AClientWhoseClockWasSetBackIsHeard) {
  StreamClient client;
  client.timestamps = TcpTimestamps{1'000'000, 0};
  client.Says(0, "abc");
  client.timestamps = TcpTimestamps{50, 0};
  client.Says(6, "ghi");
  client.Says(3, "def", 10);
  BOOST_TEST(client.bytes == "abcdefghi");
  BOOST_TEST(client.stream.turns() == 2U);
}

BOOST_AUTO_TEST_CASE(AStraySegmentOfAnOlderConnectionOpensNoGap) {
  StreamClient client;
  client.timestamps = TcpTimestamps{1'000'000, 0};
  client.Says(0, "abc");
  client.timestamps = TcpTimestamps{999'000, 0};
  BOOST_CHECK(client.Says(0x70000000U, "stray") == Verdict::kNothingNew);
  BOOST_TEST(!client.stream.HasGap());
}

}  // namespace
}  // namespace tcpcopy
