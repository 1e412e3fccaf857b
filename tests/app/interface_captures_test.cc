#include "src/app/interface_captures.h"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <string>
#include <vector>

#include "src/io/uring/uring_driver.h"
#include "src/runtime/clock.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

constexpr std::size_t kMostTurns = 1000;
constexpr Duration kTurn = std::chrono::milliseconds(10);

struct Counter final : PacketHandler {
  void OnPacket(const CapturedPacket&) override { ++count; }
  std::size_t count = 0;
};

LiveOptions Of(const char* interface) {
  LiveOptions live;
  live.interface = interface;
  live.incoming_only = false;
  live.buffer_bytes = 1 << 20;
  return live;
}

struct World {
  void Start() {
    captures.Start(loop, packets,
                   {[this](const std::string& line) { warnings.push_back(line); },
                    [this](const std::string& line) { log.push_back(line); }});
  }
  /// Turns of the loop, each with what is due each second, until `done`.
  void RunUntil(const std::function<bool()>& done) {
    for (std::size_t turn = 0; turn < kMostTurns && !done(); ++turn) {
      captures.OnSecond();
      loop.RunOnce(clock.Now() + kTurn);
    }
    BOOST_REQUIRE(done());
  }

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  Counter packets;
  std::vector<std::string> warnings;
  std::vector<std::string> log;
  InterfaceCaptures captures;
};

void AddPair() {
  Shell(
      "ip link add one type veth peer name two && ip link set one up && ip link set two up &&"
      "ip addr add 10.0.0.1/24 dev one");
}

/// Makes `one` send a frame: it asks who has an address.
void Send() { Shell("bash -c 'echo >/dev/udp/10.0.0.9/9'"); }

BOOST_AUTO_TEST_CASE(WhatCannotBeCapturedIsToldAtTheStart) {
  InterfaceCaptures captures;
  const auto opened = captures.Open({Of("lo"), Of("eth77")});
  BOOST_REQUIRE(!opened);
  BOOST_TEST(opened.error().message.starts_with("interface eth77: there is no such interface"));
}

BOOST_AUTO_TEST_CASE(AnInterfaceThatDisappearedIsCapturedAgainWhenItIsBack) {
  AddPair();
  World world;
  BOOST_REQUIRE(world.captures.Open({Of("lo"), Of("one")}));
  world.Start();
  Send();
  world.RunUntil([&] { return world.packets.count > 0; });
  const std::uint64_t received = world.captures.stats().received;
  BOOST_TEST(received > 0U);

  Shell("ip link del one");
  world.RunUntil([&] { return !world.warnings.empty(); });
  BOOST_TEST(world.warnings[0] ==
             "interface one: The interface disappeared; trying again each second");
  for (int second = 0; second < 5; ++second) world.captures.OnSecond();
  BOOST_TEST(world.warnings.size() == 1U);  // told once
  BOOST_TEST(world.captures.stats().received >= received);

  AddPair();
  world.RunUntil([&] { return !world.log.empty(); });
  BOOST_TEST(world.log[0] == "interface one: captured again");
  world.packets.count = 0;
  Send();
  world.RunUntil([&] { return world.packets.count > 0; });
  BOOST_TEST(world.captures.stats().received > received);
  Shell("ip link del one");
}

BOOST_AUTO_TEST_CASE(AnInterfaceThatIsMissingAtTheStartIsWaitedFor) {
  AddPair();
  World world;
  BOOST_REQUIRE(world.captures.Open({Of("one")}));
  world.captures.Close();
  Shell("ip link del one");
  world.Start();
  BOOST_TEST(world.warnings.size() == 1U);
  AddPair();
  world.RunUntil([&] { return !world.log.empty(); });
  Send();
  world.RunUntil([&] { return world.packets.count > 0; });
  Shell("ip link del one");
}

BOOST_AUTO_TEST_CASE(NothingIsReadAfterStop) {
  World world;
  BOOST_REQUIRE(world.captures.Open({Of("lo")}));
  world.Start();
  world.captures.Stop();
  Shell("bash -c 'echo >/dev/udp/127.0.0.1/9'");
  for (int turn = 0; turn < 20; ++turn) {
    world.captures.OnSecond();
    world.loop.RunOnce(world.clock.Now() + kTurn);
  }
  BOOST_TEST(world.packets.count == 0U);
}

}  // namespace
}  // namespace tcpcopy
