#include <boost/test/unit_test.hpp>

#include "netstack/wire/build_packet.h"
#include "tests/replay/replay_world.h"

// Captures made to exhaust the replay: its memory stays within what it was given, and its ledger
// complete.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

constexpr std::uint32_t kMillion = 1'000'000;

/// A SYN packet whose client and ISN are changed from one capture to the next.
class SynFlood {
 public:
  explicit SynFlood(ReplayWorld& world) : world_(world) {}

  void Syn(std::uint32_t client, std::uint32_t iss) {
    FlowKey flow = world_.NewClient().captured();
    flow.local = {IpAddress::V4(0x0b000000U + client), 5000};
    TcpSegment segment;
    segment.seq = SeqNum(iss);
    segment.flags.bits = TcpFlags::kSyn;
    BuildPacket(flow, segment, 0, packet_);
    world_.Capture(packet_);
  }

 private:
  ReplayWorld& world_;
  std::vector<std::uint8_t> packet_ = std::vector<std::uint8_t>(HeaderLength(IpFamily::kV4, {}));
};

/// A target that is not there, and room for few.
struct FloodedWorld {
  static constexpr std::size_t kSessions = 1000;
  static constexpr std::size_t kPoolBytes = 64 * BlockPool::kBlockBytes;

  FloodedWorld() { world.target.on_syn = TargetModel::OnSyn::kIgnore; }

  static ReplayPolicy Small() {
    ReplayPolicy policy;
    policy.max_sessions = kSessions;
    return policy;
  }
  void ExpectAccounted() {
    BOOST_TEST(world.ledger.seen().sessions == kMillion);
    BOOST_TEST(world.ledger.packets() == kMillion);
    BOOST_TEST(world.Count(Outcome::kNoMemory) == kMillion - kSessions);
    BOOST_TEST(world.dispatcher->sessions() == kSessions);
    BOOST_TEST(world.ledger.Reconciles());
    BOOST_TEST(world.blocks.in_use() <= world.blocks.capacity());
    world.dispatcher->EndAll();
    world.Run(1s);
    BOOST_TEST(world.Count(Outcome::kEndedByUs) + world.Count(Outcome::kCaptureEnded) == kSessions);
    BOOST_TEST(world.ledger.active().sessions == 0U);
    BOOST_TEST(world.dispatcher->Idle());
    BOOST_TEST(world.blocks.in_use() == 0U);
  }

  ReplayWorld world{Small(), kPoolBytes};
  SynFlood flood{world};
};

BOOST_FIXTURE_TEST_CASE(AMillionSynsOfAMillionClients, FloodedWorld) {
  for (std::uint32_t i = 0; i < kMillion; ++i) flood.Syn(i, i);
  ExpectAccounted();
}

BOOST_FIXTURE_TEST_CASE(AMillionSynsOfOneClient, FloodedWorld) {
  for (std::uint32_t i = 0; i < kMillion; ++i) flood.Syn(0, i);
  ExpectAccounted();
}

BOOST_AUTO_TEST_CASE(ALongLineForOneTupleIsJoinedAndLeftInNoTime) {
  ReplayPolicy policy;
  policy.max_sessions = 100'000;  // quadratic, this would take minutes
  ReplayWorld world(policy);
  world.target.on_syn = TargetModel::OnSyn::kIgnore;
  SynFlood flood(world);
  for (std::uint32_t i = 0; i < policy.max_sessions; ++i) flood.Syn(0, i);
  BOOST_TEST(world.dispatcher->sessions() == policy.max_sessions);
  world.dispatcher->EndAll();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kEndedByUs) + world.Count(Outcome::kCaptureEnded) ==
             policy.max_sessions);
  BOOST_TEST(world.dispatcher->Idle());
}

BOOST_AUTO_TEST_CASE(AStreamWithoutEndTowardsATargetThatTakesNothing) {
  ReplayWorld world({}, 64 * BlockPool::kBlockBytes);
  auto client = world.NewClient();
  client.Syn().Ack();
  world.Settle();
  world.target.gone = true;
  for (int i = 0; i < 1000; ++i) {
    client.Says(std::string(60'000, 'x'));
    BOOST_REQUIRE(world.blocks.in_use() <= world.blocks.capacity());
  }
  BOOST_TEST(world.Count(Outcome::kNoMemory) == 1U);
  BOOST_TEST(world.ledger.seen().sessions == 1U);
  BOOST_TEST(world.ledger.seen().bytes == 60'000'000U);
  world.Run(1s);
  BOOST_TEST(world.ledger.Reconciles());
  BOOST_TEST(world.blocks.in_use() == 0U);
  // The memory is there for others again.
  world.target.gone = false;
  world.NewClient(40001).Syn().Ack().Says("x").Rst();
  world.Run(1s);
  BOOST_TEST(world.Count(Outcome::kResetByClient) == 1U);
}

BOOST_AUTO_TEST_CASE(TenThousandHoles) {
  ReplayWorld world({}, 4096 * BlockPool::kBlockBytes);
  auto client = world.NewClient();
  client.Syn().Ack();
  for (int i = 0; i < 10'000; ++i) client.Misses(1).Says("x");
  BOOST_TEST(world.blocks.in_use() <= HeldSegments::kMaxPieces);
  world.Run(15s);
  BOOST_TEST(world.Count(Outcome::kCaptureGap) == 1U);
  BOOST_TEST(world.ledger.Reconciles());
  BOOST_TEST(world.blocks.in_use() == 0U);
}

}  // namespace
}  // namespace tcpcopy
