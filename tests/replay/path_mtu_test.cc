#include <boost/test/unit_test.hpp>

#include "netstack/wire/build_packet.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr std::size_t kPathMtu = 1300;
constexpr std::size_t kFull = 1500 - 40;
constexpr std::size_t kFits = kPathMtu - 40;

/// A session of `world` that is open, and has said nothing.
ReplayWorld::Client Opened(ReplayWorld& world, std::uint16_t port) {
  auto client = world.NewClient(port);
  client.Syn().Ack();
  world.Settle();
  return client;
}

BOOST_AUTO_TEST_CASE(AnUploadArrivesThroughARouterWithASmallerMtu) {
  for (const std::uint32_t views : {1U, 2U}) {
    ReplayWorld world;
    world.path_mtu = kPathMtu;
    world.reply_views = views;
    auto client = Opened(world, 4000);
    for (int i = 0; i < 5; ++i) client.Says(std::string(20'000, 'x'));
    world.Run(100ms);  // at once, not by timeouts
    BOOST_TEST(world.target.only().received.size() == 100'000U);
    BOOST_TEST(world.target.only().largest == kFits);
    BOOST_TEST(world.ledger.too_big() > 0U);
    BOOST_TEST(world.ledger.too_big() <= 10U);  // the initial window, each packet once
    BOOST_TEST(world.ledger.stray_replies() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(OnlyTheSessionThatWasToldSendsSmallerSegments) {
  ReplayWorld world;
  auto told = Opened(world, 4000);
  auto other = Opened(world, 4001);
  world.path_mtu = kPathMtu;
  told.Says(std::string(20'000, 'a'));
  world.Run(1s);
  world.path_mtu = SIZE_MAX;
  told.Says(std::string(20'000, 'b'));
  other.Says(std::string(20'000, 'c'));
  world.Run(1s);
  BOOST_TEST(world.target.Of(told.replayed()).largest == kFits);
  BOOST_TEST(world.target.Of(other.replayed()).largest == kFull);
  BOOST_TEST(world.target.Of(told.replayed()).received.size() == 40'000U);
  BOOST_TEST(world.target.Of(other.replayed()).received.size() == 20'000U);
}

/// What is told of a packet that nobody sent: of `flow`, with number `seq`.
void Forge(ReplayWorld& world, const FlowKey& flow, SeqNum seq) {
  TcpSegment segment;
  segment.seq = seq;
  segment.flags.bits = TcpFlags::kAck;
  std::vector<std::uint8_t> packet(HeaderLength(IpFamily::kV4, {}));
  BuildPacket(flow, segment, 0, packet);
  world.TellTooBig(packet, kPathMtu);
}

BOOST_AUTO_TEST_CASE(AForgedMessageWithANumberThatIsNotInFlightIsNotBelieved) {
  ReplayWorld world;
  auto client = Opened(world, 4000);
  const SeqNum next(world.target.only().rcv_nxt);
  world.target.gone = true;  // what is said now stays in flight
  client.Says(std::string(23'000, 'a'));
  world.Settle();
  for (const SeqNum seq : {next - 1, next + 1'000'000}) Forge(world, client.replayed(), seq);
  world.Settle();
  world.target.gone = false;
  world.Run(1s);
  BOOST_TEST(world.ledger.too_big() == 2U);
  BOOST_TEST(world.target.only().largest == kFull);
  BOOST_TEST(world.target.only().received.size() == 23'000U);
}

BOOST_AUTO_TEST_CASE(AMessageOfNoSessionIsLeftAlone) {
  ReplayWorld world;
  auto client = Opened(world, 4000);
  FlowKey stranger = client.replayed();
  stranger.local.port = 9;
  Forge(world, stranger, SeqNum(1));
  world.Settle();
  BOOST_TEST(world.ledger.too_big() == 0U);
  BOOST_TEST(world.ledger.stray_replies() == 0U);
}

}  // namespace
}  // namespace tcpcopy
