#include "src/io/host/address_changes.h"

#include <boost/test/unit_test.hpp>

#include "src/io/uring/uring_driver.h"
#include "src/runtime/clock.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

constexpr Duration kPatience = std::chrono::seconds(10);

struct World {
  /// Whether changes were told of since the last call.
  bool Told() {
    const Instant until = clock.Now() + kPatience;
    while (calls == 0 && clock.Now() < until) driver->Wait(until);
    return std::exchange(calls, 0) > 0;
  }
  /// Looks, and does not wait.
  bool ToldAlready() {
    driver->Wait({});
    return std::exchange(calls, 0) > 0;
  }

  MonotonicClock clock;
  std::unique_ptr<UringDriver> driver = UringDriver::Create(clock).value();
  int calls = 0;
  std::unique_ptr<AddressChanges> changes =
      AddressChanges::Create(*driver, [this] { ++calls; }).value();
};

BOOST_AUTO_TEST_CASE(AddressesOfBothFamiliesThatComeAndGoAreToldOf) {
  World world;
  for (const char* command :
       {"ip address add 10.9.0.1/24 dev lo", "ip address del 10.9.0.1/24 dev lo",
        "ip address add 2001:db8::9/64 dev lo", "ip address del 2001:db8::9/64 dev lo"}) {
    Shell(command);
    BOOST_TEST(world.Told(), command);
  }
}

BOOST_AUTO_TEST_CASE(ManyChangesAtOnceAreToldOfAndForgotten) {
  World world;
  // More than the socket holds.
  Shell(
      "for i in 1 2 3 4 5 6 7 8; do for j in $(seq 250); do "
      "echo address add 10.$i.0.$j/32 dev lo; done; done | ip -batch -");
  BOOST_TEST(world.Told());
  BOOST_TEST(!world.ToldAlready());
  Shell("ip address flush dev lo to 10.0.0.0/8");
  BOOST_TEST(world.Told());
}

BOOST_AUTO_TEST_CASE(NobodyIsToldAfterItsEnd) {
  World world;
  world.changes.reset();
  Shell("ip address add 10.9.0.1/24 dev lo");
  BOOST_TEST(!world.ToldAlready());
  Shell("ip address del 10.9.0.1/24 dev lo");
}

}  // namespace
}  // namespace tcpcopy
