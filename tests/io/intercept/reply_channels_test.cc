#include "src/io/intercept/reply_channels.h"

#include <boost/test/unit_test.hpp>

#include "netstack/wire/packet_view.h"
#include "tests/io/intercept/both_ends.h"

namespace tcpcopy {
namespace {

using testing::At;
using testing::BothEnds;
using testing::ReplyTo;
using testing::Session;
using testing::Session6;
using std::chrono_literals::operator""ms;

BOOST_FIXTURE_TEST_SUITE(ReplyChannelsTest, BothEnds)

BOOST_AUTO_TEST_CASE(CarriersAreTheIntercepts) {
  connect.intercepts = {At("127.0.0.1", 1), At("127.0.0.2", 1)};
  const ReplyChannels idle(loop, replies, connect, {}, 1);
  BOOST_TEST(idle.size() == 2U);
  BOOST_TEST(idle.up() == 0U);
  BOOST_TEST(idle.intercept(1).ToString() == "127.0.0.1:1");
  BOOST_TEST(idle.intercept(2).ToString() == "127.0.0.2:1");
}

BOOST_AUTO_TEST_CASE(WithNobodyUpNobodyBringsReplies) {
  Listen();
  Connect();
  BOOST_TEST(!channels->Announce(Session(4000)));
  BOOST_TEST(!channels->Ask(1, "?"));
}

BOOST_AUTO_TEST_CASE(AnAnnouncedSessionsRepliesCome) {
  connect.payload_bytes = kWholePayload;
  connect.targets = {At("10.0.0.2", 80), At("2001:db8::2", 80)};
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  BOOST_TEST(ups.size() == 1U);  // an intercept, however many connections lead there
  for (const FlowKey& session : {Session(4000), Session6(4001)}) {
    BOOST_TEST(channels->Announce(session));
    BOOST_REQUIRE(Until([&] { return !relay.announced.empty(); }));
    const auto [peer, announced] = relay.announced.back();
    BOOST_TEST((announced == session));
    const auto packet = ReplyTo(session, 100);
    BOOST_TEST(listener->Send(peer, packet, packet.size()));
    BOOST_REQUIRE(Until([&] { return !replies.seen.empty(); }));
    BOOST_TEST(replies.seen[0].bytes == packet, boost::test_tools::per_element());
    BOOST_TEST(replies.seen[0].wire_length == packet.size());
    BOOST_TEST(replies.seen[0].carrier == 1);
    relay.announced.clear();
    replies.seen.clear();
  }
  BOOST_TEST(relay.Count("target 10.0.0.2:80") == 2U);  // by each connection
  BOOST_TEST(relay.Count("target [2001:db8::2]:80") == 2U);
  BOOST_TEST(relay.hellos[0].program == "tcpcopy test");
  BOOST_TEST(relay.hellos[0].payload_bytes == kWholePayload);
  BOOST_TEST((relay.hellos[0].protocol == ReplyProtocol::kOwn));
  BOOST_TEST(channels->stats().announcements == 2U);
  BOOST_TEST(channels->stats().replies == 2U);
  BOOST_TEST(channels->stats().batches == 2U);
  BOOST_TEST(troubles.empty());
}

BOOST_AUTO_TEST_CASE(SessionsSpreadOverTheConnections) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  for (std::uint16_t port = 1; port <= 100; ++port) channels->Announce(Session(port));
  BOOST_REQUIRE(Until([&] { return relay.announced.size() == 100; }));
  const auto of_first =
      std::ranges::count(relay.announced, PeerId{1}, &std::pair<PeerId, FlowKey>::first);
  BOOST_TEST(of_first > 20);
  BOOST_TEST(of_first < 80);
}

BOOST_AUTO_TEST_CASE(OnlyTheHeadersWhenNoPayloadIsWanted) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  const auto packet = ReplyTo(Session(4000), 1000);
  BOOST_TEST(listener->Send(1, packet, packet.size()));
  BOOST_REQUIRE(Until([&] { return !replies.seen.empty(); }));
  BOOST_TEST(replies.seen[0].bytes.size() == 40U);
  BOOST_TEST(replies.seen[0].wire_length == 1040U);
  const auto view = ParsePacket(LinkType::kRawIp, replies.seen[0].bytes, 1040);
  BOOST_TEST(view->segment.payload_length == 1000U);
}

BOOST_AUTO_TEST_CASE(EveryInterceptHearsOfASessionUntilOneBringsIt) {
  Listen();
  auto second_log = [](const std::string&) {};
  testing::RecordingRelay second_relay;
  ReplyListener::Options second_listen = listen;
  second_listen.listen_on = {At("127.0.0.1", 0)};
  const auto second = ReplyListener::Create(loop, second_listen, second_relay, second_log).value();
  listen.listen_on.push_back(second->listening()[0]);
  Connect();
  BOOST_REQUIRE(UntilUp(4));
  BOOST_TEST(channels->Announce(Session(4000)));
  BOOST_REQUIRE(Until([&] { return relay.Has("add 4000") && second_relay.Has("add 4000"); }));
  channels->Settle(Session(4000), 1);
  BOOST_REQUIRE(Until([&] { return second_relay.Has("del 4000"); }));
  channels->Withdraw(Session(4000));
  BOOST_REQUIRE(Until([&] { return relay.Has("del 4000"); }));
  BOOST_REQUIRE(Until([&] { return second_relay.Count("del 4000") == 4; }));
  BOOST_TEST(channels->AnnounceTo(Session(4001), 2));
  BOOST_REQUIRE(Until([&] { return second_relay.Has("add 4001"); }));
  For(10ms);
  BOOST_TEST(!relay.Has("add 4001"));
}

/// Which connection a session was announced on depends on those that were up then.
BOOST_AUTO_TEST_CASE(ASessionIsWithdrawnOnEveryConnection) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  channels->Withdraw(Session(4000));
  BOOST_REQUIRE(Until([&] { return relay.Count("del 4000") == 2; }));
}

BOOST_AUTO_TEST_CASE(RepliesAreTheSameCarriersByWhicheverConnectionTheyCome) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  const auto packet = ReplyTo(Session(4000), 0);
  for (const PeerId peer : {1, 2}) listener->Send(peer, packet, packet.size());
  BOOST_REQUIRE(Until([&] { return replies.seen.size() == 2; }));
  BOOST_TEST(replies.seen[0].carrier == 1);
  BOOST_TEST(replies.seen[1].carrier == 1);
}

BOOST_AUTO_TEST_CASE(QuestionsAreAnswered) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  BOOST_TEST(channels->Ask(1, "who?"));
  BOOST_TEST(channels->Ask(1, std::string(50'000, 'x')));
  BOOST_REQUIRE(Until([&] { return answers.size() == 2; }));
  BOOST_TEST(BothEnds::HasLine(answers, "1: you asked: who?"));
  BOOST_TEST(BothEnds::HasLine(answers, "1: you asked: " + std::string(50'000, 'x')));
}

BOOST_AUTO_TEST_CASE(ConnectsAsSoonAsThereIsAnIntercept) {
  Listen();
  StopListening();
  Connect();
  BOOST_REQUIRE(UntilTrouble("Connection refused"));
  For(500ms);
  BOOST_TEST(troubles.size() == 1U);  // told once, tried often
  Listen();
  BOOST_REQUIRE(UntilUp());
  BOOST_TEST(downs.empty());
  BOOST_TEST(channels->stats().reconnects == 0U);
}

BOOST_AUTO_TEST_CASE(ComesBackSoonAfterALoss) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  StopListening();
  Listen();
  BOOST_REQUIRE(Until([&] { return downs.size() == 1; }));
  const Instant down = clock.Now();
  BOOST_REQUIRE(UntilUp());
  BOOST_TEST((clock.Now() - down < 400ms));  // the first attempt comes within 200 ms
  BOOST_TEST(BothEnds::HasLine(downs, "1: closed the connection"));
  BOOST_TEST(channels->stats().reconnects == 2U);
  BOOST_TEST(ups.size() == 2U);
  BOOST_TEST(channels->Announce(Session(4000)));
  BOOST_TEST(Until([&] { return relay.Has("add 4000"); }));
}

BOOST_AUTO_TEST_CASE(StoppingIsSilentAndFinal) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  channels->Stop();
  BOOST_TEST(channels->up() == 0U);
  BOOST_REQUIRE(Until([&] { return relay.Has("gone 1") && relay.Has("gone 2"); }));
  For(300ms);
  BOOST_TEST(downs.empty());
  BOOST_TEST(ups.size() == 1U);
}

BOOST_AUTO_TEST_CASE(AConnectionThatIsLostBesideOthersLosesNothing) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  narrowed.clear();
  BreakOneConnection();
  BOOST_REQUIRE(Until([&] { return !narrowed.empty(); }));
  BOOST_TEST(narrowed[0] == 1);
  BOOST_TEST(channels->up() == 1U);
  BOOST_TEST(channels->Announce(Session(4000)));
  BOOST_TEST(Until([&] { return relay.Has("add 4000"); }));
  narrowed.clear();
  BOOST_REQUIRE(UntilUp());
  BOOST_TEST((narrowed == std::vector<ReplyPath::Carrier>{1}));  // all is announced once more
  BOOST_TEST(downs.empty());
  BOOST_TEST(ups.size() == 1U);
}

BOOST_AUTO_TEST_CASE(HeartbeatsTellWhatWasLost) {
  Listen();
  Connect();
  relay.capture = {1000, 7, 3};
  BOOST_REQUIRE(UntilUp());
  BOOST_REQUIRE(Until([&] { return channels->stats().capture.received == 1000; }));
  BOOST_TEST(channels->stats().capture.dropped_by_kernel == 10U);
  BOOST_TEST(channels->stats().replies_dropped == 0U);
}

BOOST_AUTO_TEST_CASE(IdleConnectionsStayUp) {
  Listen();
  Connect();
  BOOST_REQUIRE(UntilUp());
  For(3500ms);  // longer than one may be silent
  BOOST_TEST(channels->up() == 2U);
  BOOST_TEST(downs.empty());
}

BOOST_AUTO_TEST_SUITE_END()

struct Secrets {
  const char* of_tcpcopy;
  const char* of_intercept;
  const char* trouble;  // empty: it works
  const char* logged;
};

constexpr const char* kOneSided = "one side knows a secret and the other does not";
constexpr const char* kDifferent = "the secrets are not the same";

constexpr Secrets kSecrets[] = {
    {"", "", "", "is connected (tcpcopy test)"},
    {"sesame", "sesame", "", "is connected (tcpcopy test)"},
    {"wrong", "sesame", kDifferent, kDifferent},
    {"", "sesame", kOneSided, kOneSided},
    {"sesame", "", kOneSided, kOneSided},
};

BOOST_AUTO_TEST_CASE(BothMustKnowTheSecret) {
  for (const Secrets& each : kSecrets) {
    BothEnds ends;
    ends.connect.secret = Secret(each.of_tcpcopy);
    ends.listen.secret = Secret(each.of_intercept);
    ends.Listen();
    ends.Connect();
    BOOST_TEST(ends.UntilLogged(each.logged));
    if (std::string(each.trouble).empty()) {
      BOOST_TEST(ends.UntilUp());
    } else {
      BOOST_TEST(ends.UntilTrouble(each.trouble));
      BOOST_TEST(ends.UntilTrouble("intercept 127.0.0.1:"));
      BOOST_TEST(ends.channels->up() == 0U);
      BOOST_TEST(ends.relay.log.empty());
    }
  }
}

struct Protocols {
  ReplyProtocol of_tcpcopy;
  ReplyProtocol of_intercept;
  const char* said;
};

constexpr Protocols kMixed[] = {
    {ReplyProtocol::kClassic, ReplyProtocol::kOwn, "--protocol=classic"},
    {ReplyProtocol::kOwn, ReplyProtocol::kClassic, "--protocol=classic"},
};

BOOST_AUTO_TEST_CASE(OneProtocolForBothOrAClearWord) {
  for (const Protocols& each : kMixed) {
    BothEnds ends;
    ends.connect.protocol = each.of_tcpcopy;
    ends.listen.protocol = each.of_intercept;
    ends.Listen();
    ends.Connect();
    BOOST_TEST(ends.UntilLogged(each.said));
    const bool told = ends.Until([&] {
      return BothEnds::HasLine(ends.troubles, each.said) ||
             BothEnds::HasLine(ends.downs, each.said);
    });
    BOOST_TEST(told);
    BOOST_TEST(ends.relay.log.empty());
  }
}

BOOST_AUTO_TEST_CASE(TheClassicProtocolCarriesHeaders) {
  BothEnds ends;
  ends.connect.protocol = ends.listen.protocol = ReplyProtocol::kClassic;
  ends.Listen();
  ends.Connect();
  BOOST_REQUIRE(ends.UntilUp());
  BOOST_TEST(ends.channels->Announce(Session(4000)));
  BOOST_REQUIRE(ends.Until([&] { return !ends.relay.announced.empty(); }));
  const PeerId peer = ends.relay.announced[0].first;
  const auto packet = ReplyTo(Session(4000), 1000);
  for (int i = 0; i < 20; ++i) BOOST_TEST(ends.listener->Send(peer, packet, packet.size()));
  BOOST_REQUIRE(ends.Until([&] { return ends.replies.seen.size() == 20; }));
  BOOST_TEST(ends.replies.seen[0].bytes.size() == 40U);
  BOOST_TEST(ends.replies.seen[0].wire_length == 1040U);
  BOOST_TEST(ends.channels->stats().batches == 2U);  // sixteen, and the others
  ends.channels->Withdraw(Session(4000));
  BOOST_TEST(ends.Until([&] { return ends.relay.Has("del 4000"); }));
  BOOST_TEST(!ends.channels->Ask(1, "?"));
}

BOOST_AUTO_TEST_CASE(TheClassicProtocolHasNoIpv6) {
  BothEnds ends;
  ends.connect.protocol = ends.listen.protocol = ReplyProtocol::kClassic;
  ends.Listen();
  ends.Connect();
  BOOST_REQUIRE(ends.UntilUp());
  BOOST_TEST(!ends.channels->Announce(Session6(4000)));
  BOOST_TEST(!ends.channels->Announce(Session6(4001)));
  BOOST_TEST(ends.channels->stats().announcements_ipv6 == 2U);
  BOOST_TEST(ends.troubles.size() == 1U);
  const auto packet = ReplyTo(Session6(4000));
  BOOST_TEST(!ends.listener->Send(1, packet, packet.size()));
}

}  // namespace
}  // namespace tcpcopy
