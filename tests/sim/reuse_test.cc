#include <boost/test/unit_test.hpp>
#include <functional>
#include <memory>
#include <numeric>
#include <queue>
#include <set>

#include "src/replay/keep_addresses.h"
#include "src/replay/list_addresses.h"
#include "src/replay/self_addresses.h"
#include "src/runtime/call.h"
#include "tests/sim/replay_host.h"
#include "tests/sim/reuse_target.h"

namespace tcpcopy::sim {
namespace {

using std::chrono_literals::operator""us;
using std::chrono_literals::operator""s;

constexpr const char* kMapping = "198.51.100.1:80-10.0.0.2:8080";
const Endpoint kTarget{*IpAddress::Parse("10.0.0.2"), 8080};
const Endpoint kProduction{*IpAddress::Parse("198.51.100.1"), 80};
const IpAddress kOwn = *IpAddress::Parse("10.0.0.1");

std::vector<std::uint16_t> Ports(std::size_t count) {
  std::vector<std::uint16_t> ports(count);
  std::iota(ports.begin(), ports.end(), std::uint16_t{20'000});
  return ports;
}

SelfAddresses Self(std::vector<std::uint16_t> ports) {
  return SelfAddresses(PooledAddresses(std::move(ports), {{kTarget.address, kOwn}}));
}

bool IsOwn(const IpAddress& address) { return address == kOwn; }

#ifdef __SANITIZE_ADDRESS__
constexpr std::uint64_t kScale = 10;  // as many times fewer sessions, because it is slow
#else
constexpr std::uint64_t kScale = 1;
#endif

struct Plan {
  std::uint64_t captured = 0;
  std::uint16_t copies = 1;
  std::uint32_t client_addresses = 1;
  std::uint16_t client_ports = 3;  // of each; the clients use them again at once
  Duration pause = 100us;          // between two SYNs
};

/// Captured clients, the real dispatcher and sessions with an allocator under test, and a target
/// that judges how 4-tuples are used. Nothing is lost on the way.
class ReuseSimulation {
 public:
  ReuseSimulation(const Plan& plan, AddressAllocator& addresses)
      : plan_(plan),
        target_(7, [this](Packet packet) { to_replay_.push(std::move(packet)); }),
        host_({.policy = PolicyOf(plan),
               .send_slots = 4096,
               .pool_bytes = 256U << 20,
               .mapping = kMapping,
               .reply_path = nullptr,
               .addresses = &addresses,
               .seed = 7,
               .send = [this](Packet packet) { target_.OnPacket(packet, host_.Now()); },
               .wait = [this](VirtualClock& clock, Instant until) { Wait(clock, until); }}) {}

  void Run() {
    while (fed_ < plan_.captured || !host_.dispatcher().Idle()) {
      host_.Step(host_.Now() + 60s);
    }
  }

  const Ledger& ledger() const { return host_.ledger(); }
  const ReuseTarget& target() const { return target_; }
  std::uint64_t Of(Outcome outcome) const { return ledger().Of(outcome).sessions; }

 private:
  static ReplayPolicy PolicyOf(const Plan& plan) {
    ReplayPolicy policy;
    policy.copies = plan.copies;
    policy.tcp.time_wait = std::chrono::milliseconds(500);
    return policy;
  }

  void Wait(VirtualClock& clock, Instant until) {
    const Instant feed = fed_ < plan_.captured ? next_feed_ : kNever;
    if (!to_replay_.empty()) until = clock.Now();
    clock.AdvanceTo(std::min({until, feed, target_.NextTimer()}));
    target_.OnTime(clock.Now());
    if (!to_replay_.empty()) host_.Post(deliver_);
    while (fed_ < plan_.captured && next_feed_ <= clock.Now()) FeedOne();
  }

  void Deliver() {
    for (; !to_replay_.empty(); to_replay_.pop()) host_.OnReply(to_replay_.front(), 0);
  }

  /// A whole captured session at once: the replay takes it at the target's pace.
  void FeedOne() {
    const std::uint64_t n = fed_++;
    next_feed_ += plan_.pause;
    const auto address = static_cast<std::uint32_t>(n % plan_.client_addresses);
    const auto port = static_cast<std::uint16_t>(40'000 + n % plan_.client_ports);
    const FlowKey flow{{IpAddress::V4(0xC0000201U + address), port}, kProduction};
    const auto iss = static_cast<std::uint32_t>(n * 70'001);
    Capture(flow, SeqNum(iss), TcpFlags::kSyn, 0, "");
    Capture(flow, SeqNum(iss + 1), TcpFlags::kAck, 1001, "");
    Capture(flow, SeqNum(iss + 1), TcpFlags::kAck | TcpFlags::kPsh, 1001, "request");
    Capture(flow, SeqNum(iss + 8), TcpFlags::kAck | TcpFlags::kFin, 1003, "");
  }

  void Capture(const FlowKey& flow, SeqNum seq, std::uint8_t flags, std::uint32_t ack,
               std::string_view text) {
    TcpSegment segment;
    segment.seq = seq;
    segment.flags.bits = flags;
    segment.ack = SeqNum(ack);
    segment.window = 65535;
    if (segment.flags.syn()) segment.options.mss = 1460;
    host_.Capture(MakePacket(flow, segment, text), host_.Now().time_since_epoch());
  }

  const Plan plan_;
  std::queue<Packet> to_replay_;
  CallRunnable deliver_{[this] { Deliver(); }};
  ReuseTarget target_;
  ReplayHost host_;
  std::uint64_t fed_ = 0;
  Instant next_feed_{};
};

/// No two live sessions on one 4-tuple, no SYN that the target must refuse, none lost.
void CheckReuse(const ReuseSimulation& simulation, const Plan& plan) {
  const ReuseTarget::Verdict& verdict = simulation.target().verdict();
  BOOST_TEST(verdict.collisions == 0U);
  BOOST_TEST(verdict.not_acceptable == 0U);
  BOOST_TEST(simulation.target().live() == 0U);
  BOOST_TEST(simulation.ledger().seen().sessions == plan.captured * plan.copies);
  BOOST_TEST(simulation.ledger().Reconciles());
  BOOST_TEST(simulation.Of(Outcome::kCompleted) + simulation.Of(Outcome::kNoAddressOrPort) ==
             plan.captured * plan.copies);
  BOOST_TEST(verdict.accepted == simulation.Of(Outcome::kCompleted));
}

std::set<Endpoint> AllThatAreFree(AddressAllocator& addresses) {
  std::set<Endpoint> given;
  const auto state = [&](const FlowKey& flow) {
    return given.contains(flow.local) ? TupleState::kLive : TupleState::kFree;
  };
  while (const auto local = addresses.Claim({kProduction, kTarget}, state)) {
    if (!given.insert(*local).second) break;
  }
  return given;
}

BOOST_AUTO_TEST_CASE(AMillionSessionsFromOneAddressAndThreePortsByThisHostsOwn) {
  const Plan plan{.captured = 250'000 / kScale,
                  .copies = 4,
                  .client_addresses = 1,
                  .client_ports = 3,
                  .pause = 400us};
  SelfAddresses self = Self(Ports(30'000));
  ReuseSimulation simulation(plan, self);
  simulation.Run();
  CheckReuse(simulation, plan);
  BOOST_TEST(simulation.Of(Outcome::kCompleted) == 1'000'000U / kScale);
  BOOST_TEST(simulation.target().verdict().reused_early > 100'000U / kScale / kScale);  // it had to
  BOOST_TEST(AllThatAreFree(self).size() == 30'000U);  // and has all back
}

BOOST_AUTO_TEST_CASE(WhatFindsNoEndpointIsRefusedAndTheOthersComplete) {
  const Plan plan{.captured = 20'000, .copies = 5, .client_ports = 100, .pause = 500us};
  SelfAddresses self = Self(Ports(1'000));
  ReuseSimulation simulation(plan, self);
  simulation.Run();
  CheckReuse(simulation, plan);
  BOOST_TEST(simulation.Of(Outcome::kNoAddressOrPort) > 10'000U);
  BOOST_TEST(simulation.target().verdict().most_live == 1'000U);
  BOOST_TEST(AllThatAreFree(self).size() == 1'000U);
}

BOOST_AUTO_TEST_CASE(ListedAddressesAndSharesOfPortsMeetNobody) {
  const Plan plan{.captured = 20'000, .copies = 5, .client_ports = 3, .pause = 500us};
  for (const char* network : {"10.3.0.1", "10.3.0.0/29"}) {
    ListAddresses list({Network::Parse(network).value()}, IsOwn, {20'000}, PortShare());
    ReuseSimulation simulation(plan, list);
    simulation.Run();
    CheckReuse(simulation, plan);
    BOOST_TEST(simulation.Of(Outcome::kCompleted) == 100'000U, network);
    ListAddresses third({Network::Parse(network).value()}, IsOwn, {20'000}, PortShare::OneOf(2, 3));
    ReuseSimulation shared(plan, third);
    shared.Run();
    CheckReuse(shared, plan);
  }
}

BOOST_AUTO_TEST_CASE(KeptAddressesWithCopiesMeetNobody) {
  const Plan plan{
      .captured = 20'000, .copies = 10, .client_addresses = 4, .client_ports = 50, .pause = 500us};
  SelfAddresses self = Self(Ports(10));
  KeepAddresses keep(IsOwn, self, {.exact_ports = false});
  ReuseSimulation simulation(plan, keep);
  simulation.Run();
  CheckReuse(simulation, plan);
  BOOST_TEST(simulation.Of(Outcome::kCompleted) == 200'000U);
}

BOOST_AUTO_TEST_CASE(AKeptEndpointIsWaitedForAndUsedAgainBeyondWhatWasSent) {
  const Plan plan{
      .captured = 3'000, .copies = 1, .client_addresses = 1, .client_ports = 3, .pause = 500us};
  SelfAddresses self = Self(Ports(10));
  KeepAddresses keep(IsOwn, self, {});
  ReuseSimulation simulation(plan, keep);
  simulation.Run();
  CheckReuse(simulation, plan);
  BOOST_TEST(simulation.Of(Outcome::kCompleted) == 3'000U);
  BOOST_TEST(simulation.target().verdict().most_live == 3U);
}

}  // namespace
}  // namespace tcpcopy::sim
