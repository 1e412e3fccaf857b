#include "src/io/host/try_connect.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"
#include "tests/io/raw_tcp.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

Endpoint At(const char* address, std::uint16_t port) {
  return {IpAddress::Parse(address).value(), port};
}

BOOST_AUTO_TEST_CASE(TellsHowEachOfThemWent) {
  const testing::Listener listener("127.0.0.1");
  const testing::Listener listener6("::1");
  testing::Shell(
      "nft 'add table inet f; add chain inet f i { type filter hook input priority 0; }; "
      "add rule inet f i tcp dport 11 drop; "
      "add rule inet f i tcp dport 12 reject with icmpx type host-unreachable'");
  const std::vector<ConnectResult> expected = {
      ConnectResult::kAccepted, ConnectResult::kAccepted,    ConnectResult::kRefused,
      ConnectResult::kSilent,   ConnectResult::kUnreachable, ConnectResult::kUnreachable};
  const std::vector<ConnectResult> results =
      TryConnect({listener.endpoint, listener6.endpoint, At("127.0.0.1", 10), At("127.0.0.1", 11),
                  At("127.0.0.1", 12), At("192.0.2.1", 80)},
                 std::chrono::milliseconds(50), MonotonicClock());
  BOOST_TEST((results == expected));
}

BOOST_AUTO_TEST_CASE(BeyondItsLimitItTriesNone) {
  const std::vector<Endpoint> many(65, At("127.0.0.1", 10));
  const auto results = TryConnect(many, std::chrono::milliseconds(50), MonotonicClock());
  BOOST_TEST((results[63] == ConnectResult::kRefused));
  BOOST_TEST((results[64] == ConnectResult::kNotTried));
}

}  // namespace
}  // namespace tcpcopy
