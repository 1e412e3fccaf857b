#include "src/io/intercept/own_connector.h"

#include <boost/test/unit_test.hpp>

#include "src/io/intercept/proof.h"
#include "src/io/intercept/refusals.h"
#include "tests/io/intercept/hex.h"
#include "tests/io/intercept/recording_events.h"

namespace tcpcopy {
namespace {

using testing::FrameOf;
using testing::FromHex;
using testing::Hear;
using testing::RecordingConnector;
using testing::RefusalIn;
using testing::Take;
using testing::ToHex;

constexpr Nonce kNonce = {1, 2, 3};

Endpoint At(const char* address, std::uint16_t port) { return {*IpAddress::Parse(address), port}; }

Hello ListenerHello(bool has_secret = false) {
  Hello hello;
  hello.role = Role::kListener;
  hello.has_secret = has_secret;
  hello.nonce = {9, 8, 7};
  return hello;
}

/// tcpcopy's end that has said hello; the test plays the intercept.
struct Fixture {
  void Begin(const char* with_secret = "", std::size_t out_limit = 1000) {
    secret = Secret(with_secret);
    out = std::make_unique<OutBuffer>(out_limit);
    events.log.clear();
    connector = std::make_unique<OwnConnector>(
        *out, events, OwnConnector::Options{&secret, 5, targets, "tcpcopy 2"}, kNonce);
    connector->Begin();
    our_hello = Take(*out);
  }
  void BeginServed(std::size_t out_limit = 1000) {
    Begin("", out_limit);
    BOOST_TEST(Hear(*connector, FrameOf(FrameType::kHello, ListenerHello().Encode())).empty());
    BOOST_TEST(events.log == "up ");
    events.log.clear();
  }
  std::string HearFrame(FrameType type, ConstBytes body) {
    return Hear(*connector, FrameOf(type, body));
  }
  ConstBytes OurHelloBody() const { return ConstBytes(our_hello).subspan(kFrameHeaderBytes); }

  Secret secret;
  std::vector<Endpoint> targets;
  std::unique_ptr<OutBuffer> out;
  RecordingConnector events;
  std::unique_ptr<OwnConnector> connector;
  std::vector<std::uint8_t> our_hello;
};

BOOST_FIXTURE_TEST_SUITE(OwnConnectorTest, Fixture)

BOOST_AUTO_TEST_CASE(SaysHelloFirst) {
  Begin("sesame");
  const auto hello = Hello::Decode(OurHelloBody());
  BOOST_REQUIRE(hello.has_value());
  BOOST_TEST((hello->role == Role::kConnector));
  BOOST_TEST(hello->has_secret);
  BOOST_TEST(hello->payload_bytes == 5U);
  BOOST_TEST((hello->nonce == kNonce));
  BOOST_TEST(hello->program == "tcpcopy 2");
  Begin();
  BOOST_TEST(!Hello::Decode(OurHelloBody())->has_secret);
}

BOOST_AUTO_TEST_CASE(WithoutASecretAHelloIsEnough) {
  targets = {At("10.0.0.2", 80)};
  Begin();
  BOOST_TEST(HearFrame(FrameType::kHello, ListenerHello().Encode()).empty());
  BOOST_TEST(events.log == "up ");
  BOOST_TEST(ToHex(Take(*out)) ==
             "00000008"
             "04"
             "040a0000020050");
}

BOOST_AUTO_TEST_CASE(WithASecretBothProve) {
  Begin("sesame");
  const auto their_hello = ListenerHello(true).Encode();
  BOOST_TEST(HearFrame(FrameType::kHello, their_hello).empty());
  const Proof ours = MakeProof(secret, Role::kConnector, OurHelloBody(), their_hello);
  BOOST_TEST(ToHex(Take(*out)) == ToHex(FrameOf(FrameType::kProof, ours)));
  BOOST_TEST(events.log.empty());
  const Proof theirs = MakeProof(secret, Role::kListener, OurHelloBody(), their_hello);
  BOOST_TEST(HearFrame(FrameType::kProof, theirs).empty());
  BOOST_TEST(events.log == "up ");
}

BOOST_AUTO_TEST_CASE(ARefusalSaysWhy) {
  const auto refusal = Refusal{RefuseCode::kFull, "full"}.Encode();
  Begin();
  BOOST_TEST(HearFrame(FrameType::kRefuse, refusal) == "refuses us: full");
  Begin("sesame");
  HearFrame(FrameType::kHello, ListenerHello(true).Encode());
  BOOST_TEST(HearFrame(FrameType::kRefuse, refusal) == "refuses us: full");
  BeginServed();
  BOOST_TEST(HearFrame(FrameType::kRefuse, refusal) == "refuses us: full");
  BeginServed();
  BOOST_TEST(HearFrame(FrameType::kRefuse, {}) == "refuses us: it does not say why");
}

BOOST_AUTO_TEST_CASE(RepliesHeartbeatsAndAnswers) {
  BeginServed();
  BOOST_TEST(
      HearFrame(FrameType::kReplies, FromHex("00000010 00000001 45 00000003 00000003 450000"))
          .empty());
  BOOST_TEST(HearFrame(FrameType::kReplies, {}).empty());
  BOOST_TEST(HearFrame(FrameType::kHeartbeat, Heartbeat{1, 2, 3, 4}.Encode()).empty());
  BOOST_TEST(HearFrame(FrameType::kAnswer, FromHex("6869")).empty());
  BOOST_TEST(events.log == "reply 1/16 reply 3/3 beat 1 2 answer hi ");
  BOOST_TEST(connector->batches() == 2U);
}

BOOST_AUTO_TEST_CASE(FramesOfALaterVersionAreSkipped) {
  BeginServed();
  BOOST_TEST(HearFrame(static_cast<FrameType>(77), FromHex("0102")).empty());
  BOOST_TEST(HearFrame(FrameType::kAnswer, FromHex("6869")).empty());
  BOOST_TEST(events.log == "answer hi ");
}

struct Broken {
  FrameType type;
  const char* body;
};

constexpr Broken kBroken[] = {
    {FrameType::kHello, ""},       {FrameType::kProof, ""},
    {FrameType::kTargets, ""},     {FrameType::kAnnounce, ""},
    {FrameType::kWithdraw, ""},    {FrameType::kQuestion, ""},
    {FrameType::kReplies, "00"},   {FrameType::kReplies, "00000001 00000002 4500"},
    {FrameType::kHeartbeat, "00"},
};

BOOST_AUTO_TEST_CASE(WhatAnInterceptDoesNotSayEndsTheConnection) {
  for (const Broken& each : kBroken) {
    BeginServed();
    BOOST_TEST(HearFrame(each.type, FromHex(each.body)) == kBrokenText, each.body);
    BOOST_TEST(RefusalIn(Take(*out)).starts_with("7: "));
  }
}

BOOST_AUTO_TEST_CASE(AnnouncementsGatherUntilThereIsNoRoom) {
  BeginServed(62);
  const FlowKey flow{At("10.0.0.1", 4000), At("10.0.0.2", 80)};
  for (int i = 0; i < 4; ++i) BOOST_TEST(connector->Announce(flow));  // 13 bytes each
  BOOST_TEST(!connector->Announce(flow));
  BOOST_TEST(!connector->Withdraw(flow));
  BOOST_TEST(!connector->Ask("?"));
  const std::string record = "040a0000010fa00a0000020050";
  BOOST_TEST(ToHex(Take(*out)) ==
             "00000035"
             "05" +
                 record + record + record + record);
  BOOST_TEST(connector->Withdraw(flow));
  BOOST_TEST(connector->Ask("?"));
  connector->Beat({1, 2, 0, 0});
  BOOST_TEST(ToHex(Take(*out))
                 .starts_with("0000000e"
                              "06" +
                              record +
                              "00000002"
                              "09"
                              "3f"
                              "00000021"
                              "08"
                              "0000000000000001"));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
