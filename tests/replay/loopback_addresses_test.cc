#include "src/replay/loopback_addresses.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::AllFree;
using testing::At;
using testing::LiveWhere;

const Endpoint kTarget = At("127.0.0.1", 8080);

bool IsInRange(const IpAddress& address) {
  return address.IsV4() &&
         (address.v4() & ~LoopbackAddresses::kMask) == LoopbackAddresses::kFirst &&
         address.v4() != LoopbackAddresses::kFirst &&
         address.v4() != LoopbackAddresses::kFirst + LoopbackAddresses::kMask;
}

BOOST_AUTO_TEST_CASE(ClientsKeepTheirPortAndHaveAnAddressOfTheirOwn) {
  LoopbackAddresses loopback;
  const auto a = loopback.Claim({At("10.1.1.1", 4000), kTarget}, AllFree);
  const auto b = loopback.Claim({At("10.1.1.2", 4000), kTarget}, AllFree);
  const auto v6 = loopback.Claim({At("2001:db8::1", 4000), kTarget}, AllFree);
  BOOST_REQUIRE((a && b && v6));
  for (const Endpoint& local : {*a, *b, *v6}) {
    BOOST_TEST(local.port == 4000);
    BOOST_TEST(IsInRange(local.address), local.ToString());
  }
  BOOST_TEST((a->address != b->address));
}

BOOST_AUTO_TEST_CASE(OneClientHasOneAddressWhateverItsPort) {
  LoopbackAddresses loopback;
  const auto first = loopback.Claim({At("10.1.1.1", 4000), kTarget}, AllFree);
  const auto again = loopback.Claim({At("10.1.1.1", 4000), kTarget}, AllFree);
  const auto other = loopback.Claim({At("10.1.1.1", 5000), kTarget}, AllFree);
  BOOST_TEST((first == again));
  BOOST_TEST((first->address == other->address));
  BOOST_TEST(other->port == 5000);
}

BOOST_AUTO_TEST_CASE(TwoProcessesGiveAClientDifferentAddresses) {
  LoopbackAddresses one(1);
  LoopbackAddresses other(2);
  const auto a = one.Claim({At("10.1.1.1", 4000), kTarget}, AllFree);
  const auto b = other.Claim({At("10.1.1.1", 4000), kTarget}, AllFree);
  BOOST_TEST((a->address != b->address));
  BOOST_TEST((IsInRange(a->address) && IsInRange(b->address)));
}

BOOST_AUTO_TEST_CASE(PrivilegedPortsAreReplacedByFreeOnes) {
  LoopbackAddresses loopback;
  for (const std::uint16_t port : std::initializer_list<std::uint16_t>{0, 1, 80, 1023}) {
    const auto local = loopback.Claim({At("10.1.1.1", port), kTarget}, AllFree);
    BOOST_REQUIRE(local.has_value());
    BOOST_TEST(local->port == port + 1024);
  }
  BOOST_TEST(loopback.Claim({At("10.1.1.1", 1024), kTarget}, AllFree)->port == 1024);
  BOOST_TEST(loopback.Claim({At("10.1.1.1", 65535), kTarget}, AllFree)->port == 65535);
}

BOOST_AUTO_TEST_CASE(NoEndpointIsGivenTwice) {
  LoopbackAddresses loopback;
  std::set<Endpoint> used;
  const auto state = LiveWhere([&](const FlowKey& flow) {
    BOOST_REQUIRE((flow.peer == kTarget));
    return used.contains(flow.local);
  });
  for (int i = 0; i < 200; ++i) {
    const auto local = loopback.Claim({At("10.1.1.1", 80), kTarget}, state);
    BOOST_REQUIRE(local.has_value());
    BOOST_REQUIRE(used.insert(*local).second);
    BOOST_REQUIRE(IsInRange(local->address));
  }
}

BOOST_AUTO_TEST_CASE(EachCopyHasAnAddressOfItsOwn) {
  LoopbackAddresses loopback;
  std::set<IpAddress> addresses;
  for (std::uint16_t copy = 0; copy < 1023; ++copy) {
    const auto local = loopback.Claim({At("10.1.1.1", 4000), kTarget, copy}, AllFree);
    BOOST_TEST_REQUIRE(local.has_value());
    BOOST_TEST(local->port == 4000);
    BOOST_TEST(addresses.insert(local->address).second);
  }
}

BOOST_AUTO_TEST_CASE(AShareOfThePortsIsNeverLeft) {
  std::set<std::uint16_t> given;
  for (std::uint32_t instance = 0; instance < 64; ++instance) {
    const PortShare share = PortShare::Numbered(instance);
    LoopbackAddresses loopback(1, share);
    const auto local = loopback.Claim({At("10.1.1.1", 65535), kTarget}, AllFree);
    BOOST_TEST_REQUIRE(local.has_value());
    BOOST_TEST(share.Contains(local->port));
    BOOST_TEST(given.insert(local->port).second);
  }
}

BOOST_AUTO_TEST_CASE(AFreeAddressIsPreferredToOneThatRests) {
  LoopbackAddresses loopback;
  const auto first = loopback.Claim({At("10.1.1.1", 4000), kTarget}, AllFree);
  const auto other = loopback.Claim({At("10.1.1.1", 4000), kTarget}, [&](const FlowKey& flow) {
    return flow.local == first ? TupleState::kResting : TupleState::kFree;
  });
  BOOST_TEST((other != first));
  const auto again = loopback.Claim({At("10.1.1.1", 4000), kTarget},
                                    [](const FlowKey&) { return TupleState::kResting; });
  BOOST_TEST((again == first));
}

BOOST_AUTO_TEST_CASE(TheSearchIsBounded) {
  LoopbackAddresses loopback;
  int asked = 0;
  const auto local = loopback.Claim({At("10.1.1.1", 4000), kTarget}, LiveWhere([&](const FlowKey&) {
                                      ++asked;
                                      return true;
                                    }));
  BOOST_TEST(!local.has_value());
  BOOST_TEST(asked == LoopbackAddresses::kMaxTries);
}

}  // namespace
}  // namespace tcpcopy
