#include "src/io/host/promiscuous_mode.h"

#include <net/if.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <optional>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

struct WithInterface : testing::InNetworkNamespace {
  WithInterface() { testing::Shell("ip link add name v0 type veth peer name v1"); }
};
BOOST_TEST_GLOBAL_FIXTURE(WithInterface);

/// How many want it of the interface, as `ip -d link` tells.
int Wanted() {
  return std::system("ip -d link show dev v0 | grep -q 'promiscuity 1'") == 0   ? 1
         : std::system("ip -d link show dev v0 | grep -q 'promiscuity 0'") == 0 ? 0
                                                                                : -1;
}

BOOST_AUTO_TEST_CASE(ItLastsAsLongAsTheObject) {
  BOOST_TEST(Wanted() == 0);
  {
    auto mode = PromiscuousMode::Of(if_nametoindex("v0"));
    BOOST_TEST_REQUIRE(mode.has_value());
    BOOST_TEST(Wanted() == 1);
    const std::optional<PromiscuousMode> moved = *std::move(mode);
    BOOST_TEST(Wanted() == 1);
  }
  BOOST_TEST(Wanted() == 0);
}

BOOST_AUTO_TEST_CASE(AnInterfaceThatIsNotThereIsAnError) {
  const auto mode = PromiscuousMode::Of(9999);
  BOOST_TEST_REQUIRE(!mode.has_value());
  BOOST_TEST((mode.error().message.find("No such device") != std::string::npos));
}

}  // namespace
}  // namespace tcpcopy
