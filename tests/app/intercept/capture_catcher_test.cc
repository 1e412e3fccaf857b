#include "src/app/intercept/capture_catcher.h"

#include <boost/test/unit_test.hpp>

#include "src/io/intercept/reply_protocol.h"
#include "src/io/uring/uring_driver.h"
#include "src/runtime/clock.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(TheBufferGrowsWithThePayloadWithinBounds) {
  struct Row {
    std::uint32_t payload;
    int snapshot;
    int buffer;
  };
  for (const Row& row : {Row{0, 256, 8 << 20}, Row{1000, 1256, 1256 * 16'384},
                         Row{60'000, 60'256, 64 << 20}, Row{kWholePayload, 65'792, 64 << 20}}) {
    const LiveOptions live = CaptureCatcher::LiveOptionsFor(row.payload);
    BOOST_TEST(live.snapshot_bytes == row.snapshot);
    BOOST_TEST(live.buffer_bytes == row.buffer);
    BOOST_TEST(live.immediate);
    BOOST_TEST(!live.incoming_only);
  }
}

struct Nobody final : PacketHandler {
  void OnPacket(const CapturedPacket&) override {}
};

struct World {
  Result<std::unique_ptr<CaptureCatcher>, std::string> Create(const char* interface) {
    CaptureCatcher::Options options;
    if (interface != nullptr) options.interfaces = {interface};
    return CaptureCatcher::Create(loop, nobody, std::move(options), [](const std::string&) {});
  }
  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  EventLoop loop{clock, *driver};
  Nobody nobody;
};

BOOST_AUTO_TEST_CASE(WhatCannotBeCapturedIsToldAtTheStart) {
  World world;
  const auto missing = world.Create("eth77");
  BOOST_REQUIRE(!missing);
  BOOST_TEST(missing.error().starts_with("-i: interface eth77: there is no such interface"));
  BOOST_TEST(world.Create("lo").value()->Description() == "captured on lo");
}

BOOST_AUTO_TEST_CASE(WhatIsWantedMayChangeAtAnyTime) {
  World world;
  const auto catcher = world.Create(nullptr).value();
  BOOST_TEST(catcher->Description() == "captured on all interfaces");
  const Endpoint target{IpAddress::V4(0x0a000002), 80};
  for (const Catcher::Wanted& wanted :
       {Catcher::Wanted{true, 0, {}}, Catcher::Wanted{true, 0, {target}},
        Catcher::Wanted{true, 100, {target}}, Catcher::Wanted{true, 100, {}},
        Catcher::Wanted{false, 0, {}}, Catcher::Wanted{true, 0, {target}}}) {
    BOOST_TEST(catcher->Catch(wanted).has_value());
    catcher->OnSecond();
    world.loop.RunOnce(world.clock.Now());
  }
  BOOST_TEST(catcher->Stats().dropped_by_kernel == 0U);
}

}  // namespace
}  // namespace tcpcopy
