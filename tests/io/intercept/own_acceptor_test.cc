#include "src/io/intercept/own_acceptor.h"

#include <boost/test/unit_test.hpp>

#include "src/io/intercept/own_connector.h"
#include "src/io/intercept/proof.h"
#include "src/io/intercept/refusals.h"
#include "tests/io/intercept/hex.h"
#include "tests/io/intercept/recording_events.h"

namespace tcpcopy {
namespace {

using testing::FrameOf;
using testing::FromHex;
using testing::Hear;
using testing::RecordingAcceptor;
using testing::RecordingConnector;
using testing::RefusalIn;
using testing::Take;
using testing::ToHex;

constexpr Nonce kNonce = {4, 5, 6};

Hello ConnectorHello(bool has_secret = false) {
  Hello hello;
  hello.has_secret = has_secret;
  hello.payload_bytes = 7;
  hello.program = "tcp\ncopy";
  return hello;
}

/// intercept's end; the test plays the tcpcopy.
struct Fixture {
  void Begin(const char* with_secret = "", std::size_t out_limit = 1000) {
    secret = Secret(with_secret);
    out = std::make_unique<OutBuffer>(out_limit);
    events.log.clear();
    acceptor = std::make_unique<OwnAcceptor>(*out, events,
                                             OwnAcceptor::Options{&secret, "intercept 2"}, kNonce);
  }
  void BeginServed(std::size_t out_limit = 1000) {
    Begin("", out_limit);
    BOOST_TEST(HearFrame(FrameType::kHello, ConnectorHello().Encode()).empty());
    Take(*out);
    events.log.clear();
  }
  std::string HearFrame(FrameType type, ConstBytes body) {
    return Hear(*acceptor, FrameOf(type, body));
  }
  /// The body of the HELLO that it has sent.
  std::vector<std::uint8_t> TakeHello() {
    const auto frame = Take(*out);
    return {frame.begin() + kFrameHeaderBytes, frame.end()};
  }

  Secret secret;
  std::unique_ptr<OutBuffer> out;
  RecordingAcceptor events;
  std::unique_ptr<OwnAcceptor> acceptor;
};

BOOST_FIXTURE_TEST_SUITE(OwnAcceptorTest, Fixture)

BOOST_AUTO_TEST_CASE(SaysNothingBeforeAHello) {
  Begin();
  BOOST_TEST(out->empty());
  BOOST_TEST(HearFrame(FrameType::kHello, ConnectorHello().Encode()).empty());
  const auto hello = Hello::Decode(TakeHello());
  BOOST_REQUIRE(hello.has_value());
  BOOST_TEST((hello->role == Role::kListener));
  BOOST_TEST((hello->nonce == kNonce));
  BOOST_TEST(!hello->has_secret);
  BOOST_TEST(hello->program == "intercept 2");
  BOOST_TEST(events.log == "up 7 tcp?copy ");
}

BOOST_AUTO_TEST_CASE(WithASecretTheOtherSideProvesFirst) {
  Begin("sesame");
  const auto theirs = ConnectorHello(true).Encode();
  BOOST_TEST(HearFrame(FrameType::kHello, theirs).empty());
  const auto ours = TakeHello();
  BOOST_TEST(Hello::Decode(ours)->has_secret);
  BOOST_TEST(events.log.empty());
  BOOST_TEST(
      HearFrame(FrameType::kProof, MakeProof(secret, Role::kConnector, theirs, ours)).empty());
  BOOST_TEST(ToHex(Take(*out)) ==
             ToHex(FrameOf(FrameType::kProof, MakeProof(secret, Role::kListener, theirs, ours))));
  BOOST_TEST(events.log == "up 7 tcp?copy ");
}

BOOST_AUTO_TEST_CASE(WithoutRoomNobodyComesIn) {
  events.room = false;
  Begin();
  BOOST_TEST(HearFrame(FrameType::kHello, ConnectorHello().Encode()) == kFullText);
  BOOST_TEST(RefusalIn(Take(*out)).starts_with("6: "));
  // Who knows the secret is told so, others only that theirs is wrong.
  Begin("sesame");
  const auto theirs = ConnectorHello(true).Encode();
  HearFrame(FrameType::kHello, theirs);
  const Proof proof = MakeProof(secret, Role::kConnector, theirs, TakeHello());
  BOOST_TEST(HearFrame(FrameType::kProof, proof) == kFullText);
  BOOST_TEST(events.log.empty());
}

BOOST_AUTO_TEST_CASE(TcpcopyOfOldIsToldWhatToDo) {
  Begin();
  BOOST_TEST(Hear(*acceptor, FromHex("0000000000000006000000000000")) == kSpeaksClassicText);
  BOOST_TEST(RefusalIn(Take(*out)).starts_with("2: "));
}

BOOST_AUTO_TEST_CASE(TargetsAnnouncementsAndQuestions) {
  BeginServed();
  BOOST_TEST(HearFrame(FrameType::kTargets, FromHex("040a0000020050")).empty());
  const std::string record = "040a0000010fa00a0000020050";
  BOOST_TEST(HearFrame(FrameType::kAnnounce, FromHex(record + record)).empty());
  BOOST_TEST(HearFrame(FrameType::kWithdraw, FromHex(record)).empty());
  BOOST_TEST(HearFrame(FrameType::kHeartbeat, Heartbeat{1, 2, 3, 4}.Encode()).empty());
  BOOST_TEST(HearFrame(FrameType::kQuestion, FromHex("6869")).empty());
  BOOST_TEST(HearFrame(static_cast<FrameType>(77), FromHex("6869")).empty());
  BOOST_TEST(events.log == "target 10.0.0.2:80 add 4000 add 4000 del 4000 beat 1 2 question hi ");
  BOOST_TEST(ToHex(Take(*out)) ==
             "00000004"
             "0a"
             "796573");
}

BOOST_AUTO_TEST_CASE(AnAnswerThatFindsNoRoomIsLeftOut) {
  BeginServed(100);
  events.answer = std::string(200, 'x');
  BOOST_TEST(HearFrame(FrameType::kQuestion, FromHex("6869")).empty());
  BOOST_TEST(out->empty());
}

BOOST_AUTO_TEST_CASE(AnAnswerThatIsTooLongIsEmpty) {
  BeginServed(100'000);
  events.answer = std::string(65'536, 'x');
  BOOST_TEST(HearFrame(FrameType::kQuestion, FromHex("6869")).empty());
  BOOST_TEST(Take(*out).size() == 65'541U);
  events.answer += 'x';
  BOOST_TEST(HearFrame(FrameType::kQuestion, FromHex("6869")).empty());
  BOOST_TEST(ToHex(Take(*out)) ==
             "00000001"
             "0a");
}

BOOST_AUTO_TEST_CASE(LongQuestionsEndTheConnection) {
  BeginServed();
  BOOST_TEST(HearFrame(FrameType::kQuestion, std::vector<std::uint8_t>(65536)).empty());
  BOOST_TEST(HearFrame(FrameType::kQuestion, std::vector<std::uint8_t>(65537)) == kBrokenText);
}

struct Broken {
  FrameType type;
  const char* body;
};

constexpr Broken kBroken[] = {
    {FrameType::kHello, ""},      {FrameType::kProof, ""},      {FrameType::kReplies, ""},
    {FrameType::kAnswer, ""},     {FrameType::kTargets, "04"},  {FrameType::kTargets, "05"},
    {FrameType::kAnnounce, "04"}, {FrameType::kWithdraw, "09"}, {FrameType::kHeartbeat, "00"},
};

BOOST_AUTO_TEST_CASE(WhatATcpcopyDoesNotSayEndsTheConnection) {
  for (const Broken& each : kBroken) {
    BeginServed();
    BOOST_TEST(HearFrame(each.type, FromHex(each.body)) == kBrokenText);
    BOOST_TEST(RefusalIn(Take(*out)).starts_with("7: "));
  }
}

BOOST_AUTO_TEST_CASE(WhatItSaysLastIsLogged) {
  BeginServed();
  BOOST_TEST(HearFrame(FrameType::kRefuse, Refusal{RefuseCode::kBroken, "bye"}.Encode()) ==
             "it says: bye");
}

BOOST_AUTO_TEST_CASE(RepliesGatherUntilThereIsNoRoom) {
  BeginServed(54);
  const auto packet = FromHex("450000");
  for (int i = 0; i < 4; ++i) BOOST_TEST(acceptor->Send({packet, 40}));  // 11 bytes each
  BOOST_TEST(!acceptor->Send({packet, 40}));
  const std::string record = "0000002800000003450000";
  BOOST_TEST(ToHex(Take(*out)) ==
             "0000002d"
             "07" +
                 record + record + record + record);
  BOOST_TEST(acceptor->batches() == 1U);
  acceptor->Beat({1, 2, 3, 4});
  BOOST_TEST(ToHex(Take(*out))
                 .starts_with("00000021"
                              "08"
                              "0000000000000001"));
}

BOOST_AUTO_TEST_CASE(AgreesWithTheOtherEnd) {
  Begin("sesame");
  OutBuffer out_there(1000);
  RecordingConnector heard_there;
  OwnConnector connector(out_there, heard_there, OwnConnector::Options{&secret, 3, {}, "x"},
                         Nonce{1});
  connector.Begin();
  while (!out->empty() || !out_there.empty()) {
    BOOST_TEST(Hear(*acceptor, Take(out_there)).empty());
    BOOST_TEST(Hear(connector, Take(*out)).empty());
  }
  BOOST_TEST(events.log == "up 3 x ");
  BOOST_TEST(heard_there.log == "up ");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
