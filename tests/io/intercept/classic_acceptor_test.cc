#include "src/io/intercept/classic_acceptor.h"

#include <boost/test/unit_test.hpp>

#include "src/io/intercept/refusals.h"
#include "tests/io/intercept/hex.h"
#include "tests/io/intercept/recording_events.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::Hear;
using testing::RecordingAcceptor;
using testing::RefusalIn;
using testing::Take;
using testing::ToHex;

constexpr const char* kVersion = "00000000 0000 0006 00000000 0000";
const std::string kPacket =
    "45000028000100004006000"
    "00a0000020a00000100500fa000000001000000025010010000000000";
const std::string kRecord = kPacket + "000000000000000000000000000000000000000000000000";

struct Fixture {
  OutBuffer out{200};
  RecordingAcceptor events;
  ClassicAcceptor acceptor{out, events, 2};
  const std::vector<std::uint8_t> packet = FromHex(kPacket);
};

BOOST_FIXTURE_TEST_SUITE(ClassicAcceptorTest, Fixture)

BOOST_AUTO_TEST_CASE(AVersionOpensAndNothingIsAnswered) {
  BOOST_TEST(Hear(acceptor, FromHex(kVersion)).empty());
  BOOST_TEST(events.log == "up 0 TCPCopy with protocol version 6 ");
  BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(OtherVersionsAreServed) {
  BOOST_TEST(Hear(acceptor, FromHex("00000000 0000 0005 00000000 0000")).empty());
  BOOST_TEST(events.log == "up 0 TCPCopy with protocol version 5 ");
}

BOOST_AUTO_TEST_CASE(MessagesHoweverTheyAreCut) {
  const auto stream = FromHex(std::string(kVersion) +
                              "0a0000010fa000010a0000020050"    // add
                              "0a0000010fa000020a0000020050"    // delete
                              "0a0000010fa000630a0000020050"    // of no known type
                              "0a0000010fa100010a0000020050");  // add
  for (const std::uint8_t& byte : stream) BOOST_TEST(Hear(acceptor, {&byte, 1}).empty());
  BOOST_TEST(events.log == "up 0 TCPCopy with protocol version 6 add 4000 del 4000 add 4001 ");
}

BOOST_AUTO_TEST_CASE(WhoBeginsOtherwiseIsRefused) {
  BOOST_TEST(Hear(acceptor, FromHex("0a0000010fa000010a0000020050")) == kBrokenText);
  BOOST_TEST(out.empty());
  BOOST_TEST(events.log.empty());
}

BOOST_AUTO_TEST_CASE(OurOwnProtocolIsToldWhatToDo) {
  ClassicAcceptor other(out, events, 2);
  BOOST_TEST(Hear(other, FromHex("00000040 01 746370636f707932 0001")) == kSpeaksOwnText);
  BOOST_TEST(RefusalIn(Take(out)).starts_with("2: "));
}

BOOST_AUTO_TEST_CASE(WithoutRoomNobodyComesIn) {
  events.room = false;
  BOOST_TEST(Hear(acceptor, FromHex(kVersion)) == kFullText);
  BOOST_TEST(events.log.empty());
}

BOOST_AUTO_TEST_CASE(RecordsGatherBehindTheirCount) {
  BOOST_TEST(acceptor.Send({packet, 40}));
  BOOST_TEST(ToHex(out.waiting()) == "0001" + kRecord);
  BOOST_TEST(acceptor.Send({packet, 40}));
  BOOST_TEST(ToHex(out.waiting()) == "0002" + kRecord + kRecord);
  BOOST_TEST(acceptor.Send({packet, 40}));  // two are the most
  BOOST_TEST(ToHex(out.waiting()) == "0002" + kRecord + kRecord + "0001" + kRecord);
  BOOST_TEST(!acceptor.Send({packet, 40}));  // no room
  BOOST_TEST(acceptor.batches() == 2U);
}

BOOST_AUTO_TEST_CASE(AMessageOnItsWayIsLeftAlone) {
  BOOST_TEST(acceptor.Send({packet, 40}));
  out.Written(1);
  BOOST_TEST(acceptor.Send({packet, 40}));
  BOOST_TEST(ToHex(out.waiting()) == "01" + kRecord + "0001" + kRecord);
}

BOOST_AUTO_TEST_CASE(WithoutACountWhenAskedTo) {
  ClassicAcceptor plain(out, events, 0);
  BOOST_TEST(plain.Send({packet, 40}));
  BOOST_TEST(plain.Send({packet, 40}));
  BOOST_TEST(ToHex(out.waiting()) == kRecord + kRecord);
}

BOOST_AUTO_TEST_CASE(WhatHasNoRecordIsNotSent) {
  BOOST_TEST(!acceptor.Send({FromHex("6000000000000640"), 60}));
  BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
