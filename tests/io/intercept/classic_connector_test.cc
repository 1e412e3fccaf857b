#include "src/io/intercept/classic_connector.h"

#include <boost/test/unit_test.hpp>

#include "src/io/intercept/refusals.h"
#include "tests/io/intercept/hex.h"
#include "tests/io/intercept/recording_events.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::Hear;
using testing::RecordingConnector;
using testing::Take;
using testing::ToHex;

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

const FlowKey kFlow{At("10.0.0.1", 4000), At("10.0.0.2", 80)};
constexpr const char* kRecord =
    "4500002c 00010000 40060000 0a000002 0a000001  00500fa0 00000001 00000002 50180100 00000000"
    "000000000000000000000000000000000000000000000000";

struct Fixture {
  OutBuffer out{40};
  RecordingConnector events;
  ClassicConnector connector{out, events};
};

BOOST_FIXTURE_TEST_SUITE(ClassicConnectorTest, Fixture)

BOOST_AUTO_TEST_CASE(IsUpAsSoonAsItHasSaidItsVersion) {
  connector.Begin();
  BOOST_TEST(ToHex(Take(out)) == "0000000000000006000000000000");
  BOOST_TEST(events.log == "up ");
}

BOOST_AUTO_TEST_CASE(AnnouncesUntilThereIsNoRoom) {
  BOOST_TEST(connector.Announce(kFlow));
  BOOST_TEST(connector.Withdraw(kFlow));
  BOOST_TEST(!connector.Announce(kFlow));
  BOOST_TEST(ToHex(Take(out)) ==
             "0a0000010fa000010a0000020050"
             "0a0000010fa000020a0000020050");
}

BOOST_AUTO_TEST_CASE(HasNoWordForManyThings) {
  const FlowKey v6{At("2001:db8::1", 1), At("2001:db8::2", 2)};
  BOOST_TEST(!connector.Announce(v6));
  BOOST_TEST(!connector.Withdraw(v6));
  BOOST_TEST(!connector.Ask("?"));
  connector.Beat({});
  BOOST_TEST(out.empty());
}

BOOST_AUTO_TEST_CASE(RecordsAreReplies) {
  const auto stream = FromHex(std::string("0002") + kRecord + kRecord);
  for (const std::uint8_t& byte : stream) BOOST_TEST(Hear(connector, {&byte, 1}).empty());
  BOOST_TEST(events.log == "reply 40/44 reply 40/44 ");
  BOOST_TEST(connector.batches() == 1U);
}

BOOST_AUTO_TEST_CASE(ARecordThatMakesNoSenseIsCounted) {
  auto stream = FromHex(std::string("0002") + kRecord + kRecord);
  stream[2] = 0x65;
  BOOST_TEST(Hear(connector, stream).empty());
  BOOST_TEST(events.log == "reply 40/44 ");
  BOOST_TEST(connector.bad_replies() == 1U);
}

BOOST_AUTO_TEST_CASE(NonsenseEndsTheConnection) {
  BOOST_TEST(Hear(connector, FromHex("0011")) == kBrokenText);
  ClassicConnector other(out, events);
  BOOST_TEST(Hear(other, FromHex("0000 0021 03")) == kSpeaksClassicText);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
