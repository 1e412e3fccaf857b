#include "src/io/packet_pump.h"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <optional>
#include <vector>

#include "tests/runtime/idle_driver.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""ns;

using Status = PacketSource::Status;

constexpr int kFd = 7;

/// Lets virtual time jump to the end of each wait, and tells of a readable descriptor when told to.
struct ScriptedDriver final : testing::JumpingDriver {
  using JumpingDriver::JumpingDriver;
  void Watch(int fd, ReadableHandler& handler) override {
    watched = fd;
    readable = &handler;
  }
  void Unwatch(int fd) override {
    BOOST_TEST((watched == fd));
    watched.reset();
    readable = nullptr;
  }
  void Wait(Instant until) override {
    waited_until = until;
    JumpingDriver::Wait(until);
  }
  std::optional<int> watched;
  ReadableHandler* readable = nullptr;
  Instant waited_until{};
};

/// Gives packets as its script says: each entry is one call of `Drain`.
struct ScriptedSource final : PacketSource {
  struct Call {
    int packets = 0;
    Status status = Status::kMore;
    Instant next_due = kNever;
    std::string error{};
  };

  Result<Status, SourceError> Drain(PacketHandler& handler, std::size_t limit) override {
    limits.push_back(limit);
    BOOST_TEST_REQUIRE(!script.empty());
    const Call call = script.front();
    script.pop_front();
    for (int i = 0; i < call.packets; ++i) handler.OnPacket({});
    next_due = call.next_due;
    if (!call.error.empty()) return Err(SourceError{call.error});
    return call.status;
  }
  int PollFd() const override { return fd; }
  Instant NextDue() const override { return next_due; }

  std::deque<Call> script;
  std::vector<std::size_t> limits;
  Instant next_due = kNever;
  int fd = -1;
};

struct CountingHandler final : PacketHandler {
  void OnPacket(const CapturedPacket&) override {
    ++packets;
    if (then) then();
  }
  int packets = 0;
  std::function<void()> then;
};

struct PumpBench {
  PumpBench() : driver(clock), loop(clock, driver) {}

  PacketPump& Pump() {
    return pump.emplace(
        loop, source, handler,
        PacketPump::Events{
            [this] { ++ends; }, [this](const std::string& text) { errors.push_back(text); }, {}});
  }
  PacketPump& GatedPump() {
    return pump.emplace(
        loop, source, handler,
        PacketPump::Events{[this] { ++ends; },
                           [this](const std::string& text) { errors.push_back(text); },
                           [this] { return may_read; }});
  }

  VirtualClock clock;
  ScriptedDriver driver;
  EventLoop loop;
  ScriptedSource source;
  CountingHandler handler;
  bool may_read = true;
  int ends = 0;
  std::vector<std::string> errors;
  std::optional<PacketPump> pump;
};

BOOST_FIXTURE_TEST_SUITE(PacketPumpTest, PumpBench)

BOOST_AUTO_TEST_CASE(MovesOneBatchATurnOfTheLoop) {
  source.script = {{3, Status::kMore}, {2, Status::kMore}, {1, Status::kEnd}};
  Pump().Start();
  BOOST_TEST(handler.packets == 0);  // nothing happens before the loop turns
  loop.RunOnce();
  BOOST_TEST(handler.packets == 3);
  BOOST_TEST((driver.waited_until == loop.Now()));  // others look at the outside in between
  loop.RunOnce();
  BOOST_TEST(handler.packets == 5);
  BOOST_TEST(ends == 0);
  loop.RunOnce();
  BOOST_TEST(handler.packets == 6);
  const std::vector<std::size_t> batches(3, PacketPump::kBatch);
  BOOST_TEST(source.limits == batches, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(TheEndIsToldOnceAndStops) {
  source.script = {{1, Status::kEnd}};
  Pump().Start();
  for (int i = 0; i < 3; ++i) loop.RunOnce();
  BOOST_TEST(ends == 1);
  BOOST_TEST(pump->stopped());
  loop.Post(*pump);
  loop.RunOnce();
  BOOST_TEST(source.limits.size() == 1U);
  BOOST_TEST(ends == 1);
}

BOOST_AUTO_TEST_CASE(AnErrorIsToldOnceAndStops) {
  source.fd = kFd;
  source.script = {{2, Status::kMore, kNever, "gone"}};
  Pump().Start();
  for (int i = 0; i < 3; ++i) loop.RunOnce();
  BOOST_TEST(handler.packets == 2);
  BOOST_TEST(errors == std::vector<std::string>{"gone"}, boost::test_tools::per_element());
  BOOST_TEST(ends == 0);
  BOOST_TEST(pump->stopped());
  BOOST_TEST(!driver.watched.has_value());
}

BOOST_AUTO_TEST_CASE(WaitsUntilTheNextPacketIsDue) {
  source.script = {{1, Status::kIdle, Instant{} + 40ms}, {1, Status::kEnd}};
  Pump().Start();
  testing::PassUntil(loop, Instant{} + 40ms - 1ns);
  BOOST_TEST(handler.packets == 1);
  loop.RunOnce();
  BOOST_TEST((driver.waited_until == Instant{} + 40ms));
  BOOST_TEST(handler.packets == 1);
  testing::PassUntil(loop, Instant{} + 40ms);
  BOOST_TEST(handler.packets == 2);
  BOOST_TEST(ends == 1);
}

BOOST_AUTO_TEST_CASE(AGateIsAskedBeforeEachPacketAndPausesUntilThePumpIsPosted) {
  source.script.assign(5, {1, Status::kMore});
  source.script.push_back({1, Status::kEnd});
  handler.then = [this] { may_read = handler.packets != 2; };
  GatedPump().Start();
  for (int i = 0; i < 3; ++i) loop.RunOnce();
  BOOST_TEST(handler.packets == 2);
  BOOST_TEST((driver.waited_until == kNever));  // it does not turn idly
  may_read = true;
  loop.RunOnce();
  BOOST_TEST(handler.packets == 2);  // whoever closed the gate has to post
  loop.Post(*pump);
  loop.RunOnce();
  BOOST_TEST(handler.packets == 6);
  BOOST_TEST(ends == 1);
}

BOOST_AUTO_TEST_CASE(AnOpenGateLetsOneBatchThroughATurnOfTheLoop) {
  source.script.assign(PacketPump::kBatch + 1, {1, Status::kMore});
  source.script.push_back({0, Status::kIdle, Instant{} + 40ms});
  GatedPump().Start();
  loop.RunOnce();
  BOOST_TEST(handler.packets == static_cast<int>(PacketPump::kBatch));
  loop.RunOnce();
  BOOST_TEST(handler.packets == static_cast<int>(PacketPump::kBatch) + 1);
  testing::PassUntil(loop, Instant{} + 40ms - 1ns);
  loop.RunOnce();
  BOOST_TEST((driver.waited_until == Instant{} + 40ms));
}

BOOST_AUTO_TEST_CASE(BehindAGateErrorsAndStoppingAreTheSame) {
  source.script = {{1, Status::kMore}, {1, Status::kMore, kNever, "gone"}};
  GatedPump().Start();
  loop.RunOnce();
  BOOST_TEST(handler.packets == 2);
  BOOST_TEST(errors == std::vector<std::string>{"gone"}, boost::test_tools::per_element());
  source.script = {{1, Status::kMore}, {1, Status::kMore}};
  handler.then = [this] { pump->Stop(); };
  pump->Start();
  loop.RunOnce();
  loop.RunOnce();
  BOOST_TEST(handler.packets == 3);
}

BOOST_AUTO_TEST_CASE(ADescriptorIsReadWhenItIsReadable) {
  source.fd = kFd;
  source.script = {{1, Status::kIdle}, {2, Status::kIdle}};
  Pump().Start();
  BOOST_TEST((driver.watched == kFd));
  loop.RunOnce();
  BOOST_TEST((driver.waited_until == kNever));
  loop.RunOnce();
  BOOST_TEST(handler.packets == 1);
  driver.readable->OnReadable();
  BOOST_TEST(handler.packets == 1);  // a driver may only take note
  loop.RunOnce();
  BOOST_TEST(handler.packets == 3);
}

BOOST_AUTO_TEST_CASE(BehindAGateADescriptorIsWatchedOnlyWhileThereIsNothing) {
  source.fd = kFd;
  source.script = {{1, Status::kMore}, {0, Status::kIdle}, {0, Status::kIdle}, {1, Status::kEnd}};
  handler.then = [this] { may_read = false; };
  GatedPump().Start();
  loop.RunOnce();
  BOOST_TEST(!driver.watched.has_value());  // it would be readable until the gate opens
  may_read = true;
  loop.Post(*pump);
  loop.RunOnce();
  BOOST_TEST((driver.watched == kFd));
  BOOST_TEST((driver.waited_until == kNever));
  // What there is to wait for may be another one the next time.
  source.fd = kFd + 1;
  driver.readable->OnReadable();
  loop.RunOnce();
  BOOST_TEST((driver.watched == kFd + 1));
  driver.readable->OnReadable();
  loop.RunOnce();
  BOOST_TEST(!driver.watched.has_value());
  BOOST_TEST(ends == 1);
}

BOOST_AUTO_TEST_CASE(NothingIsReadOrToldAfterStop) {
  source.fd = kFd;
  source.script = {{1, Status::kIdle, Instant{} + 5ms}};
  Pump().Start();
  loop.RunOnce();
  loop.Post(*pump);
  pump->Stop();
  BOOST_TEST(!driver.watched.has_value());
  loop.RunOnce();
  BOOST_TEST((driver.waited_until == kNever));  // its timer is gone, too
  BOOST_TEST(source.limits.size() == 1U);
  BOOST_TEST(ends == 0);
}

BOOST_AUTO_TEST_CASE(AStoppedPumpCanBeStartedAgain) {
  source.script = {{1, Status::kMore}, {1, Status::kEnd}};
  Pump().Start();
  loop.RunOnce();
  pump->Stop();
  loop.RunOnce();
  BOOST_TEST(handler.packets == 1);
  pump->Start();
  loop.RunOnce();
  BOOST_TEST(handler.packets == 2);
  BOOST_TEST(ends == 1);
}

/// A handler that stops the pump, whatever the source says about the batch afterwards.
BOOST_AUTO_TEST_CASE(StoppingWithinAHandlerEndsIt) {
  const ScriptedSource::Call calls[] = {
      {1, Status::kMore},
      {1, Status::kIdle, Instant{} + 5ms},
      {1, Status::kEnd},
      {1, Status::kMore, kNever, "gone"},
  };
  for (const ScriptedSource::Call& call : calls) {
    PumpBench bench;
    bench.source.fd = kFd;
    bench.source.script = {call};
    bench.handler.then = [&] { bench.pump->Stop(); };
    bench.Pump().Start();
    bench.loop.RunOnce();
    BOOST_TEST((bench.driver.waited_until == kNever));  // neither posted nor timed
    bench.loop.RunOnce();
    BOOST_TEST(bench.source.limits.size() == 1U);
    BOOST_TEST(!bench.driver.watched.has_value());
    BOOST_TEST(bench.ends == 0);
    BOOST_TEST(bench.errors.empty());
  }
}

BOOST_AUTO_TEST_CASE(DestroyingItCancelsEverything) {
  source.fd = kFd;
  source.script = {{1, Status::kIdle, Instant{} + 5ms}};
  Pump().Start();
  loop.RunOnce();
  loop.Post(*pump);
  pump.reset();
  BOOST_TEST(!driver.watched.has_value());
  loop.RunOnce();
  BOOST_TEST((driver.waited_until == kNever));
  BOOST_TEST(source.limits.size() == 1U);
}

BOOST_AUTO_TEST_CASE(EveryEventMayBeEmpty) {
  ScriptedSource other;
  other.script = {{1, Status::kEnd}};
  PacketPump ending(loop, other, handler, {});
  ending.Start();
  ScriptedSource failing;
  failing.script = {{0, Status::kMore, kNever, "gone"}};
  PacketPump broken(loop, failing, handler, {});
  broken.Start();
  loop.RunOnce();
  BOOST_TEST(handler.packets == 1);
  BOOST_TEST((ending.stopped() && broken.stopped()));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
