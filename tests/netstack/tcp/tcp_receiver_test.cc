#include "netstack/tcp/tcp_receiver.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr SeqNum kIrs{0xfffffff0};
constexpr Duration kDelay = 40ms;
const Instant kStart = Instant{} + 1s;

struct Fixture {
  Fixture() {
    receiver.Open(kIrs);
    receiver.SetWindow(10'000);
    receiver.SetMaxSegment(1000);
  }
  /// Payload of `length` bytes at `position`.
  void Text(std::uint32_t position, std::uint32_t length, std::uint8_t flags = 0) {
    TcpSegment segment;
    segment.seq = kIrs + position;
    segment.payload_length = length;
    segment.flags.bits = flags;
    receiver.OnText(segment, {.delay = kDelay, .fin_waits = fin_waits}, kStart);
  }
  bool TakeAck() {
    const bool due = receiver.AckDue();
    if (due) receiver.OnAckSent();
    return due;
  }

  BlockPool blocks{1U << 20};
  TcpMemory memory{blocks};
  TcpReceiver receiver{memory};
  bool fin_waits = false;
};

BOOST_FIXTURE_TEST_CASE(TheAckOfAFinWaitsOnlyForOurs, Fixture) {
  fin_waits = true;
  Text(1, 0, TcpFlags::kFin);
  BOOST_TEST(receiver.fin_received());
  BOOST_TEST(!TakeAck());
  BOOST_TEST((receiver.NextTimeout() == kStart + kDelay));
  receiver.OnTimeout(kStart + kDelay);
  BOOST_TEST(TakeAck());
  Text(1, 0, TcpFlags::kFin);  // again: the peer waits
  BOOST_TEST(TakeAck());
}

BOOST_FIXTURE_TEST_CASE(CountsInOrderBytesOnly, Fixture) {
  BOOST_TEST(receiver.received() == 0U);
  Text(1, 100);
  BOOST_TEST(receiver.received() == 100U);
  Text(201, 100);
  BOOST_TEST(receiver.received() == 100U);
  Text(101, 100);
  BOOST_TEST(receiver.received() == 300U);
  Text(1, 300);
  BOOST_TEST(receiver.received() == 300U);
}

BOOST_FIXTURE_TEST_CASE(AnAckAloneIsDueOnlyWhileSomethingIsNotAcknowledged, Fixture) {
  receiver.AckAlone();
  BOOST_TEST(receiver.AckDueAlone());  // the SYN
  BOOST_TEST(TakeAck());
  BOOST_TEST(!receiver.AckDueAlone());
  receiver.AckAlone();
  BOOST_TEST(!receiver.AckDue());
  Text(1, 100);
  BOOST_TEST(!receiver.AckDue());
  receiver.AckAlone();
  BOOST_TEST((receiver.AckDue() && receiver.AckDueAlone()));
  receiver.Stop();
  BOOST_TEST(!receiver.AckDueAlone());
}

BOOST_FIXTURE_TEST_CASE(CountsBeyondFourGigabytes, Fixture) {
  receiver.SetWindow(1U << 30);
  std::uint64_t position = 1;
  for (int i = 0; i < 9; ++i, position += 1U << 29) {
    Text(static_cast<std::uint32_t>(position), 1U << 29);
  }
  BOOST_TEST(receiver.received() == 9ULL << 29);
}

BOOST_FIXTURE_TEST_CASE(TrimsToTheWindow, Fixture) {
  Text(1, 20'000, TcpFlags::kFin);
  BOOST_TEST(receiver.received() == 10'000U);
  BOOST_TEST(!receiver.fin_received());
  Text(10'001, 10'000, TcpFlags::kFin);  // no room for the FIN
  BOOST_TEST(receiver.received() == 20'000U);
  BOOST_TEST(!receiver.fin_received());
  Text(20'001, 0, TcpFlags::kFin);
  BOOST_TEST(receiver.received() == 20'001U);
  BOOST_TEST(receiver.fin_received());
}

BOOST_FIXTURE_TEST_CASE(DelaysTheAckOfTheFirstSegmentOnly, Fixture) {
  Text(1, 1000);
  BOOST_TEST(!TakeAck());
  BOOST_TEST((receiver.NextTimeout() == kStart + kDelay));
  Text(1001, 1000);
  BOOST_TEST(TakeAck());
  BOOST_TEST((receiver.NextTimeout() == kNever));
  Text(2001, 1);
  receiver.OnTimeout(kStart + kDelay - 1ms);
  BOOST_TEST(!TakeAck());
  receiver.OnTimeout(kStart + kDelay);
  BOOST_TEST(TakeAck());
}

BOOST_FIXTURE_TEST_CASE(TinySegmentsDoNotCountAsFullOnes, Fixture) {
  for (std::uint32_t i = 0; i < 10; ++i) Text(1 + 10 * i, 10);
  BOOST_TEST(!TakeAck());
}

BOOST_FIXTURE_TEST_CASE(TheFirstFinStands, Fixture) {
  Text(101, 0, TcpFlags::kFin);
  Text(201, 100, TcpFlags::kFin);  // a liar's: the stream has ended before
  Text(1, 100);
  BOOST_TEST(receiver.fin_received());
  BOOST_TEST(receiver.received() == 101U);
  Text(1, 300);
  BOOST_TEST(receiver.received() == 101U);
}

BOOST_FIXTURE_TEST_CASE(BytesBeyondALateFinAreNotCounted, Fixture) {
  Text(201, 100);                // came first
  Text(1, 100, TcpFlags::kFin);  // and now the stream ends at 101
  BOOST_TEST(receiver.received() == 101U);
  Text(101, 100);
  BOOST_TEST(receiver.received() == 101U);
}

BOOST_FIXTURE_TEST_CASE(EchoesTheTimestampOfTheEarliestUnacknowledgedSegment, Fixture) {
  // RFC 7323 4.3 (2): a delayed ACK echoes the segment that made it due.
  receiver.NoteTimestamp(kIrs, 10);
  receiver.OnAckSent();
  receiver.NoteTimestamp(kIrs + 1, 11);
  Text(1, 100);
  receiver.NoteTimestamp(kIrs + 101, 12);
  Text(101, 100);
  BOOST_TEST(receiver.ts_recent() == 11U);
  receiver.OnAckSent();
  receiver.NoteTimestamp(kIrs + 201, 13);
  BOOST_TEST(receiver.ts_recent() == 13U);
  BOOST_TEST(receiver.IsOldByTimestamp({12, 0}));
  BOOST_TEST(!receiver.IsOldByTimestamp({13, 0}));
  BOOST_TEST(receiver.IsOldByTimestamp({0xfffffff0, 0}));
}

BOOST_FIXTURE_TEST_CASE(ReportsNoMoreSackBlocksThanFit, Fixture) {
  for (std::uint32_t i = 1; i <= 6; ++i) Text(1 + 100 * i, 50);
  TcpOptions options;
  receiver.FillSack(3, &options);
  BOOST_TEST(options.sack_count == 3U);
  BOOST_TEST((options.sack[0] == SackBlock{kIrs + 601, kIrs + 651}));
  receiver.FillSack(9, &options);
  BOOST_TEST(options.sack_count == TcpOptions::kMaxSackBlocks);
}

// --- What was received twice: RFC 2883 4 ---

BOOST_FIXTURE_TEST_CASE(ARepeatedSegmentIsReported, Fixture) {
  Text(1, 100);
  TakeAck();
  Text(1, 100);
  TcpOptions options;
  receiver.FillSack(4, &options);
  BOOST_TEST(options.sack_count == 1);
  BOOST_TEST((options.sack[0] == SackBlock{kIrs + 1, kIrs + 101}));
  BOOST_TEST(TakeAck());
  receiver.FillSack(4, &options);  // once
  BOOST_TEST(options.sack_count == 0);
}

BOOST_FIXTURE_TEST_CASE(ARepeatedPartIsReportedBeforeWhatIsMissing, Fixture) {
  Text(1, 100);
  Text(301, 100);
  TakeAck();
  Text(351, 100);
  TcpOptions options;
  receiver.FillSack(2, &options);
  BOOST_TEST(options.sack_count == 2);
  BOOST_TEST((options.sack[0] == SackBlock{kIrs + 351, kIrs + 401}));
  BOOST_TEST((options.sack[1] == SackBlock{kIrs + 301, kIrs + 451}));
  TakeAck();
  Text(51, 100);
  receiver.FillSack(4, &options);
  BOOST_TEST((options.sack[0] == SackBlock{kIrs + 51, kIrs + 101}));
}

BOOST_FIXTURE_TEST_CASE(WhatLiesBeforeTheStreamIsOfAnotherConnection, Fixture) {
  Text(1, 100);
  TakeAck();
  Text(0U - 5000U, 100);
  BOOST_TEST(receiver.AckDue());
  TcpOptions options;
  receiver.FillSack(4, &options);
  BOOST_TEST(options.sack_count == 0);
}

}  // namespace
}  // namespace tcpcopy
