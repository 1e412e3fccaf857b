#include "src/replay/keep_addresses.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::AllFree;
using testing::At;
using testing::LiveWhere;
using testing::Text;

const Endpoint kTarget = At("10.0.0.2", 80);
const Endpoint kOwn = At("10.0.0.1", 9);

/// Gives one endpoint, of this host's address, and counts what comes back.
struct OneEndpoint final : AddressAllocator {
  std::optional<Endpoint> Claim(const AddressClaim&, const StateOf&) override {
    return std::exchange(left, std::nullopt);
  }
  void Release(const Endpoint& local, const Endpoint&) override { left = local; }
  std::optional<Endpoint> left = At("10.0.0.1", 5000);
};

bool IsOwn(const IpAddress& address) { return address == kOwn.address; }

BOOST_AUTO_TEST_CASE(AClientIsReplayedFromItsOwnEndpoint) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {});
  BOOST_TEST(Text(keep.Claim({At("192.0.2.1", 9), kTarget}, AllFree)) == "192.0.2.1:9");
  BOOST_TEST(Text(keep.Claim({At("2001:db8::1", 9), At("2001:db8::2", 80)}, AllFree)) ==
             "[2001:db8::1]:9");
  BOOST_TEST(fallback.left.has_value());
}

BOOST_AUTO_TEST_CASE(AnEndpointInUseIsGivenAgainSoThatItsSessionWaits) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {});
  const auto all_in_use = LiveWhere([](const FlowKey&) { return true; });
  BOOST_TEST(Text(keep.Claim({At("192.0.2.1", 9), kTarget}, all_in_use)) == "192.0.2.1:9");
}

BOOST_AUTO_TEST_CASE(AClientOfTheOtherFamilyCannotBeKept) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {});
  BOOST_TEST(Text(keep.Claim({At("2001:db8::1", 9), kTarget}, AllFree)) == "none");
  BOOST_TEST(Text(keep.Claim({At("192.0.2.1", 9), At("2001:db8::2", 80)}, AllFree)) == "none");
}

BOOST_AUTO_TEST_CASE(AClientOnThisHostTakesAndReturnsTheFallbacks) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {});
  BOOST_TEST(Text(keep.Claim({kOwn, kTarget}, AllFree)) == "10.0.0.1:5000");
  BOOST_TEST(Text(keep.Claim({kOwn, kTarget}, AllFree)) == "none");
  keep.Release(At("192.0.2.1", 9), kTarget);  // was never the fallback's
  BOOST_TEST(Text(keep.Claim({kOwn, kTarget}, AllFree)) == "none");
  keep.Release(At("10.0.0.1", 5000), kTarget);
  BOOST_TEST(Text(keep.Claim({kOwn, kTarget}, AllFree)) == "10.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(AnAddressThatThisHostTakesOrLosesChangesNoClaim) {
  bool has_it = false;
  OneEndpoint fallback;
  KeepAddresses keep([&](const IpAddress&) { return has_it; }, fallback, {});
  const auto kept = keep.Claim({kOwn, kTarget}, AllFree);
  has_it = true;
  const auto lent = keep.Claim({kOwn, kTarget}, AllFree);
  BOOST_TEST(Text(lent) == "10.0.0.1:5000");
  keep.Release(*kept, kTarget);  // was never the fallback's
  BOOST_TEST(!fallback.left.has_value());
  has_it = false;
  keep.Release(*lent, kTarget);
  BOOST_TEST(fallback.left.has_value());
}

BOOST_AUTO_TEST_CASE(AClientOnLocalhostIsReplayedFromTheAddressGivenInstead) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {.instead_of_localhost = At("192.0.2.7", 0).address});
  BOOST_TEST(Text(keep.Claim({At("127.0.0.1", 4000), kTarget}, AllFree)) == "192.0.2.7:4000");
  BOOST_TEST(Text(keep.Claim({At("192.0.2.1", 4000), kTarget}, AllFree)) == "192.0.2.1:4000");
  // This host's own: its kernel has sockets there.
  KeepAddresses own(IsOwn, fallback, {.instead_of_localhost = kOwn.address});
  BOOST_TEST(Text(own.Claim({At("127.0.0.1", 4000), kTarget}, AllFree)) == "10.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(CopiesKeepTheAddressAndHaveAPortEach) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {.exact_ports = false});
  std::set<Endpoint> live;
  const auto state = LiveWhere([&](const FlowKey& flow) { return live.contains(flow.local); });
  for (std::uint16_t copy = 0; copy < 1023; ++copy) {
    const auto local = keep.Claim({At("192.0.2.1", 40'000), kTarget, copy}, state);
    BOOST_TEST_REQUIRE(local.has_value());
    BOOST_TEST((local->address == At("192.0.2.1", 0).address));
    BOOST_TEST((copy == 0) == (local->port == 40'000));
    BOOST_TEST(live.insert(*local).second);
  }
  // A real client whose port a copy has gets another one.
  const Endpoint taken = *live.begin();
  BOOST_TEST(!live.contains(*keep.Claim({taken, kTarget}, state)));
}

BOOST_AUTO_TEST_CASE(InstancesWithSharesGiveNoClientTheSameEndpoint) {
  OneEndpoint fallback;
  std::set<Endpoint> given;
  for (std::uint32_t instance = 0; instance < 8; ++instance) {
    KeepAddresses keep(IsOwn, fallback,
                       {.exact_ports = false, .share = PortShare::Numbered(instance)});
    std::set<Endpoint> mine;
    const auto state = LiveWhere([&](const FlowKey& flow) { return mine.contains(flow.local); });
    for (int session = 0; session < 20; ++session) {
      const auto local = keep.Claim({At("192.0.2.1", 40'000), kTarget}, state);
      BOOST_TEST_REQUIRE(local.has_value());
      mine.insert(*local);
      BOOST_TEST(given.insert(*local).second);
    }
  }
}

BOOST_AUTO_TEST_CASE(AShiftedClientKeepsItsPort) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback, {.shift = {.step = 256, .copies = 2}});
  BOOST_TEST(Text(keep.Claim({At("192.0.2.1", 9), kTarget, 1, 0}, AllFree)) == "192.0.3.1:9");
  BOOST_TEST(Text(keep.Claim({At("192.0.2.1", 9), kTarget, 0, 1}, AllFree)) == "192.0.4.1:9");
  // A client on this host stays one; and nobody is shifted to this host, or to the target.
  for (const char* client : {"10.0.0.1", "9.255.255.1", "9.255.255.2"}) {
    BOOST_TEST(Text(keep.Claim({At(client, 9), kTarget, 1, 0}, AllFree)) == "10.0.0.1:5000");
    keep.Release(At("10.0.0.1", 5000), kTarget);
  }
}

}  // namespace
}  // namespace tcpcopy
