#include "tests/sim/simulation.h"

#include <fmt/format.h>

#include <algorithm>
#include <memory>

#include "netstack/base/prng.h"
#include "netstack/trace/segment_text.h"
#include "src/replay/dispatcher.h"
#include "src/runtime/clock.h"
#include "tests/sim/network.h"
#include "tests/sim/scenario.h"
#include "tests/sim/strict_target.h"

namespace tcpcopy::sim {
namespace {

using std::chrono_literals::operator""s;

/// Faults end here at the latest, and so must the sessions some time later.
constexpr Duration kFaultsEnd = 60s;  // before the last SYN is sent again
constexpr Duration kEverythingEnds = 3600s;

class KeptAddresses final : public AddressAllocator {
 public:
  std::optional<Endpoint> Claim(const Endpoint& client, const Endpoint&, const InUse&) override {
    return client;
  }
  void Release(const Endpoint&, const Endpoint&) override {}
};

/// A few send slots that are free again when virtual time moves on.
class SlotSink final : public PacketSink {
 public:
  using Out = std::function<void(Packet)>;

  SlotSink(std::size_t slots, std::size_t mtu, Out out)
      : free_(slots), slots_(slots), buffer_(mtu), out_(std::move(out)) {
    slot_.buffer = buffer_;
  }
  SendSlot* Acquire() override {
    if (free_ == 0) return nullptr;
    --free_;
    return &slot_;
  }
  void Send(SendSlot* slot, std::size_t length, const IpAddress&) override {
    const auto bytes = slot->buffer.first(length);
    out_(Packet(bytes.begin(), bytes.end()));
  }
  void Release(SendSlot*) override { ++free_; }
  void PostWhenFree(Runnable& waiter) override { waiters_.push_back(waiter); }
  Stats stats() const override { return {}; }

  bool HasWaiters() const { return !waiters_.empty(); }
  void FreeAll(EventLoop& loop) {
    free_ = slots_;
    while (!waiters_.empty()) {
      Runnable& waiter = waiters_.front();
      waiter.unlink();
      loop.Post(waiter);
    }
  }

 private:
  std::size_t free_;
  const std::size_t slots_;
  Packet buffer_;
  const Out out_;
  SendSlot slot_;
  boost::intrusive::list<Runnable, boost::intrusive::constant_time_size<false>> waiters_;
};

class Simulation final : private Driver {
 public:
  Simulation(std::uint64_t seed, bool log)
      : log_(log),
        scenario_(MakeScenario(seed)),
        policy_(MakePolicy(scenario_)),
        to_target_(scenario_.to_target, Prng(seed).Fork("path to target")),
        to_replay_(scenario_.to_replay, Prng(seed).Fork("path to replay")),
        target_(
            scenario_.target, Prng(seed).Fork("target's own"),
            [this](StrictTarget::Connection& connection) { Answer(connection); },
            [this](Packet packet) { to_replay_.Send(std::move(packet), clock_.Now()); }),
        isn_(seed),
        targets_(*TargetMap::Parse("80-10.0.0.2:8080")),
        loop_(clock_, *this),
        sink_(scenario_.send_slots, policy_.tcp.mtu,
              [this](Packet packet) {
                Trace('>', packet);
                to_target_.Send(std::move(packet), clock_.Now());
              }),
        dispatcher_(
            {loop_, sink_, blocks_, ledger_, policy_, isn_, targets_, addresses_, {}, seed, {}}) {
    for (const SessionScript& session : scenario_.sessions) {
      for (const auto& captured : session.packets) feed_.push_back(&captured);
    }
    std::stable_sort(feed_.begin(), feed_.end(),
                     [](const auto* a, const auto* b) { return a->at < b->at; });
  }

  SimResult Run() {
    const Instant end = clock_.Now() + kEverythingEnds;
    while (!(fed_ == feed_.size() && capture_ended_ && dispatcher_.Idle()) && clock_.Now() < end) {
      Feed();
      loop_.RunOnce(end);
      if (++turns_ > kMostTurns) {
        Fail("spins");
        break;
      }
    }
    Check();
    return std::move(result_);
  }

 private:
  static constexpr std::uint64_t kMostTurns = 5'000'000;

  static ReplayPolicy MakePolicy(const Scenario& scenario) {
    ReplayPolicy policy;
    policy.tcp.mtu = scenario.mtu;
    policy.max_engaged = 3;
    // Seed 16450: a paused file's gap was taken for a lasting one.
    if (!scenario.live) {
      policy.gap_timeout = ReplayPolicy::kUntilEndOfFile;
      policy.handshake_timeout = ReplayPolicy::kUntilEndOfFile;
    }
    return policy;
  }

  // Driver.
  void Watch(int, ReadableHandler&) override {}
  void Unwatch(int) override {}
  void Wait(Instant until) override {
    sink_.FreeAll(loop_);
    Instant next = std::min({until, to_target_.Next(), to_replay_.Next(), target_.NextTimer()});
    if (scenario_.live && fed_ < feed_.size()) next = std::min(next, Instant(feed_[fed_]->at));
    clock_.AdvanceTo(next);
    const Instant now = clock_.Now();
    if (now >= Instant(kFaultsEnd)) {
      to_target_.Heal();
      to_replay_.Heal();
    }
    while (to_target_.Next() <= now) target_.OnPacket(to_target_.Take(), now);
    target_.OnTime(now);
    while (to_replay_.Next() <= now) {
      const Packet packet = to_replay_.Take();
      Trace('<', packet);
      dispatcher_.target_side().OnPacket({.bytes = packet,
                                          .link = LinkType::kRawIp,
                                          .wire_length = packet.size(),
                                          .captured_at = Duration{0},
                                          .number = 0});
    }
  }

  void Feed() {
    while (fed_ < feed_.size()) {
      const auto& captured = *feed_[fed_];
      if (scenario_.live ? Instant(captured.at) > clock_.Now() : !dispatcher_.MayRead()) return;
      ++fed_;
      dispatcher_.client_side().OnPacket({.bytes = captured.packet,
                                          .link = LinkType::kRawIp,
                                          .wire_length = captured.packet.size(),
                                          .captured_at = captured.at,
                                          .number = fed_});
      if (!ledger_.Reconciles()) Fail("the ledger does not reconcile");
    }
    if (!capture_ended_) dispatcher_.OnCaptureEnd();
    capture_ended_ = true;
  }

  const SessionScript* ScriptOf(const StrictTarget::Connection& connection) const {
    for (const SessionScript& session : scenario_.sessions) {
      if (session.captured.local == connection.flow.local) return &session;
    }
    return nullptr;
  }

  /// The target's application: answers each request of the script when it is there.
  void Answer(StrictTarget::Connection& connection) {
    const SessionScript* script = ScriptOf(connection);
    if (script == nullptr) return Fail("a connection that nobody opened");
    std::size_t needed = 0;
    for (std::size_t i = 0; i < script->turns.size(); ++i) {
      const SessionScript::Turn& turn = script->turns[i];
      needed += turn.request.size();
      if (connection.received.size() < needed) break;
      if (i < connection.app_turn) continue;
      connection.to_send.append(turn.target_answer, 'a');
      ++connection.app_turn;
    }
    const bool all = connection.app_turn == script->turns.size();
    if (connection.fin_received || (all && script->ending == Ending::kServerCloses)) {
      connection.close = true;
    }
  }

  void Trace(char direction, const Packet& packet) {
    ++result_.packets;
    std::uint64_t hash =
        result_.trace_hash ^ static_cast<std::uint64_t>(clock_.Now().time_since_epoch().count());
    for (const std::uint8_t byte : packet) hash = (hash ^ byte) * 0x100000001b3ULL;
    result_.trace_hash = Prng::Mix(hash ^ static_cast<std::uint64_t>(direction));
    if (!log_) return;
    const auto view = ParsePacket(LinkType::kRawIp, packet, packet.size());
    fmt::print("{:12.6f} {} {}\n",
               std::chrono::duration<double>(clock_.Now().time_since_epoch()).count(), direction,
               view ? SegmentText(view->flow, view->segment) : "does not parse");
  }

  void Fail(const std::string& what) {
    if (result_.failures.size() < 20) result_.failures.push_back(what);
  }

  void Check() {
    for (const std::string& violation : target_.violations()) Fail(violation);
    if (!dispatcher_.Idle()) Fail(fmt::format("{} sessions did not end", dispatcher_.sessions()));
    if (blocks_.in_use() != 0) Fail(fmt::format("{} blocks are not back", blocks_.in_use()));
    if (!ledger_.Reconciles()) Fail("the ledger does not reconcile");
    if (ledger_.seen().sessions != scenario_.sessions.size()) Fail("sessions were not seen");
    CheckStreams();
    CheckOutcomes();
  }

  void CheckStreams() {
    if (target_.connections().size() != scenario_.sessions.size()) Fail("connections are missing");
    for (const auto& [key, connection] : target_.connections()) {
      const SessionScript* script = ScriptOf(connection);
      if (script == nullptr) continue;
      if (connection.received != script->ClientBytes()) {
        Fail(fmt::format("{}: received {} of {} bytes, or others", key, connection.received.size(),
                         script->ClientBytes().size()));
      }
      const bool closes = script->ending != Ending::kClientResets;
      if (closes && !connection.fin_received) Fail(key + ": no FIN arrived");
    }
  }

  void CheckOutcomes() {
    std::array<std::uint64_t, kOutcomes> expected{};
    std::uint64_t bytes = 0;
    for (const SessionScript& session : scenario_.sessions) {
      Outcome outcome = Outcome::kCompleted;
      if (session.ending == Ending::kClientResets) outcome = Outcome::kResetByClient;
      if (session.ending == Ending::kCaptureEnds) outcome = Outcome::kCaptureEnded;
      ++expected[static_cast<std::size_t>(outcome)];
      bytes += session.ClientBytes().size();
    }
    for (std::size_t i = 0; i < kOutcomes; ++i) {
      const auto outcome = static_cast<Outcome>(i);
      if (ledger_.Of(outcome).sessions == expected[i]) continue;
      Fail(fmt::format("{} sessions {}, expected {}", ledger_.Of(outcome).sessions,
                       ToString(outcome), expected[i]));
    }
    if (ledger_.seen().bytes_delivered != bytes) Fail("bytes delivered are not those sent");
    if (ledger_.seen().requests != ledger_.seen().requests_delivered) {
      Fail("requests were not delivered");
    }
  }

  const bool log_;
  SimResult result_;
  VirtualClock clock_;
  const Scenario scenario_;
  const ReplayPolicy policy_;
  Path to_target_;
  Path to_replay_;
  StrictTarget target_;
  BlockPool blocks_{16U << 20};
  Ledger ledger_;
  IsnGenerator isn_;
  const TargetMap targets_;
  KeptAddresses addresses_;
  EventLoop loop_;
  SlotSink sink_;
  Dispatcher dispatcher_;
  std::vector<const SessionScript::Captured*> feed_;
  std::size_t fed_ = 0;
  std::uint64_t turns_ = 0;
  bool capture_ended_ = false;
};

}  // namespace

SimResult Simulate(std::uint64_t seed, bool log) { return Simulation(seed, log).Run(); }

}  // namespace tcpcopy::sim
