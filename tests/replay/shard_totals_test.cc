#include <boost/test/unit_test.hpp>
#include <memory>
#include <string>
#include <vector>

#include "tests/replay/datagram_world.h"
#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::DatagramWorld;

constexpr std::uint32_t kShards = 3;

/// All that a ledger counts, in the order of its words.
std::vector<std::uint64_t> Numbers(const Ledger& ledger) {
  std::vector<std::uint64_t> numbers;
  const auto add = [&numbers](const SessionTotals& totals) {
    numbers.insert(numbers.end(), {totals.sessions, totals.requests, totals.requests_delivered,
                                   totals.bytes, totals.bytes_delivered});
  };
  add(ledger.seen());
  add(ledger.active());
  for (std::size_t i = 0; i < kOutcomes; ++i) add(ledger.Of(static_cast<Outcome>(i)));
  for (std::size_t i = 0; i < static_cast<std::size_t>(PacketVerdict::kCount); ++i) {
    numbers.push_back(ledger.Of(static_cast<PacketVerdict>(i)));
  }
  for (std::size_t i = 0; i < static_cast<std::size_t>(ParseError::kCount); ++i) {
    numbers.push_back(ledger.Of(static_cast<ParseError>(i)));
  }
  const DatagramCounts& datagrams = ledger.datagrams();
  numbers.insert(numbers.end(),
                 {ledger.packets(), ledger.cut_packets(), ledger.adopted_sessions(),
                  ledger.skipped_bytes(), ledger.conflicting_segments(), ledger.conflicting_bytes(),
                  ledger.replies(), ledger.stray_replies(), datagrams.answered,
                  datagrams.unreachable, datagrams.too_long, datagrams.made_room});
  return numbers;
}

/// The ledger of a run of `play` with a policy.
using Play = void (*)(const ReplayPolicy& policy, std::vector<std::uint64_t>& numbers,
                      std::uint64_t& of_others);

/// Has each shard replay what `play` captures, and compares the sums with a run without shards.
void CheckThatShardsAddUp(ReplayPolicy policy, Play play) {
  std::vector<std::uint64_t> all;
  std::uint64_t of_others = 0;
  play(policy, all, of_others);
  BOOST_TEST(of_others == 0U);
  std::vector<std::uint64_t> sum(all.size());
  std::uint64_t smallest = UINT64_MAX;
  for (std::uint32_t number = 1; number <= kShards; ++number) {
    policy.shard = Shard(number, kShards);
    std::vector<std::uint64_t> part;
    play(policy, part, of_others);
    smallest = std::min(smallest, part.front());
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
  }
  BOOST_TEST(sum == all, boost::test_tools::per_element());
  BOOST_TEST(smallest > 0U);  // each has some
  BOOST_TEST(of_others > 0U);
}

/// The same for workers of one process that read the same files, also when it replays one shard.
void CheckThatWorkersAddUp(ReplayPolicy policy, Play play) {
  constexpr std::uint32_t kWorkers = 3;
  for (const Shard& shard : {Shard(), Shard(1, 2), Shard(2, 2)}) {
    policy.shard = shard;
    policy.ports = PortClass();
    std::vector<std::uint64_t> all;
    std::uint64_t of_others = 0;
    play(policy, all, of_others);
    std::vector<std::uint64_t> sum(all.size());
    std::uint64_t sum_of_others = 0;
    for (std::uint32_t number = 0; number < kWorkers; ++number) {
      policy.ports = PortClass(number, kWorkers);
      std::vector<std::uint64_t> part;
      play(policy, part, sum_of_others);
      BOOST_TEST(part.front() > 0U);  // each has some sessions
      for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += part[i];
    }
    BOOST_TEST(sum == all, boost::test_tools::per_element());
    BOOST_TEST(sum_of_others == of_others);
  }
}

void AnswerAndClose(TargetModel::Connection& connection) {
  if (connection.answered == 0 && !connection.received.empty()) {
    connection.Reply("ok");
    connection.answered = 1;
  }
  if (connection.fin_received) connection.Close();
}

/// Sessions of all fates, flows that are none, packets that are not selected, and some that cannot
/// be read.
void PlayTcp(const ReplayPolicy& policy, std::vector<std::uint64_t>& numbers,
             std::uint64_t& of_others) {
  ReplayWorld world(policy);
  world.target.application = AnswerAndClose;
  for (std::uint16_t port = 4000; port < 4030; ++port) {
    auto client = world.NewClient(port);
    switch (port % 5) {
      case 0:
        client.Syn().Ack().Says("hello").Sees(2).Fin(2);
        break;
      case 1:
        client.Syn().Ack().Says("hello").Says("other").Rst();
        break;
      case 2:
        client.Says("in the middle").Fin();
        break;
      case 3:
        client.Syn().Ack().Says("one").At(0).Says("two").Sees(2);
        break;
      default:
        client.Ack();
        break;
    }
    world.Run(5ms);
  }
  world.Capture({1, 2, 3});
  world.snapshot_length = 45;
  for (std::uint16_t port = 5000; port < 5006; ++port) world.NewClient(port).Syn().Says("cut off");
  world.snapshot_length = 30;
  world.NewClient(5100).Says("without its header");
  world.dispatcher->BeginRound();
  world.snapshot_length = SIZE_MAX;
  for (std::uint16_t port = 4000; port < 4010; ++port) {
    world.NewClient(port).Syn().Ack().Says("again").Fin(2);
  }
  world.Run(2s);
  world.dispatcher->OnCaptureEnd();
  world.Run(20s);
  numbers = Numbers(world.ledger);
  of_others += world.ledger.of_other_shards();
}

BOOST_AUTO_TEST_CASE(TheLedgersOfAllShardsAddUpToThatOfOneRun) {
  CheckThatShardsAddUp({}, PlayTcp);
}

BOOST_AUTO_TEST_CASE(SoTheyDoWithCopiesSamplesAndSessionsInTheMiddle) {
  ReplayPolicy policy;
  policy.copies = 3;
  policy.admission.sample_percent = 60;
  policy.adopt_midstream = true;
  CheckThatShardsAddUp(policy, PlayTcp);
}

/// Answered and unanswered clients, twins, one that is silent for so long that it begins anew, and
/// packets of nobody.
void PlayUdp(const ReplayPolicy& policy, std::vector<std::uint64_t>& numbers,
             std::uint64_t& of_others) {
  DatagramWorld::Setup setup;
  setup.keep = true;
  DatagramWorld world(setup, policy);
  for (std::uint16_t port = 4000; port < 4020; ++port) world.Says(port, "query");
  world.Run(10ms);
  for (std::size_t i = 0; i < world.arrived.size(); ++i) {
    if (world.arrived[i].flow.local.port % 3 != 0) world.Answers(i);
  }
  for (std::uint16_t port = 4100; port < 4110; ++port) {
    const FlowKey flow{{IpAddress::V4(0xC0000201), port}, {IpAddress::V4(0xC6336401), 53}};
    const auto packet = testing::DatagramPacket(flow, "seen twice");
    world.Capture(packet, SIZE_MAX, 1);
    world.Capture(packet, SIZE_MAX, 2);
    world.Capture(testing::DatagramPacket({flow.local, {flow.peer.address, 54}}, "of no target"));
  }
  world.Capture({1, 2, 3});
  world.Run(60s);
  for (std::uint16_t port = 4000; port < 4010; ++port) world.Says(port, "later");
  world.replay->OnCaptureEnd();
  world.Run(60s);
  numbers = Numbers(world.ledger);
  of_others += world.ledger.of_other_shards();
}

BOOST_AUTO_TEST_CASE(TheLedgersOfAllWorkersAddUpToThatOfOne) { CheckThatWorkersAddUp({}, PlayTcp); }

BOOST_AUTO_TEST_CASE(ThoseOfWorkersDoSoWithCopiesSamplesAndSessionsInTheMiddle) {
  ReplayPolicy policy;
  policy.copies = 3;
  policy.admission.sample_percent = 60;
  policy.adopt_midstream = true;
  CheckThatWorkersAddUp(policy, PlayTcp);
}

BOOST_AUTO_TEST_CASE(TheLedgersOfWorkersOfDatagramsAddUpToo) {
  ReplayPolicy policy;
  policy.idle_timeout = 30s;
  policy.answer_timeout = 5s;
  CheckThatWorkersAddUp(policy, PlayUdp);
}

BOOST_AUTO_TEST_CASE(TheLedgersOfShardsOfDatagramsAddUpToo) {
  ReplayPolicy policy;
  policy.idle_timeout = 30s;
  policy.answer_timeout = 5s;
  CheckThatShardsAddUp(policy, PlayUdp);
}

}  // namespace
}  // namespace tcpcopy
