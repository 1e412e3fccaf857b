#include "src/replay/keep_addresses.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::At;
using testing::NoneInUse;
using testing::Text;

const Endpoint kTarget = At("10.0.0.2", 80);
const Endpoint kOwn = At("10.0.0.1", 9);

/// Gives one endpoint, of this host's address, and counts what comes back.
struct OneEndpoint final : AddressAllocator {
  std::optional<Endpoint> Claim(const Endpoint&, const Endpoint&, const InUse&) override {
    return std::exchange(left, std::nullopt);
  }
  void Release(const Endpoint& local, const Endpoint&) override { left = local; }
  std::optional<Endpoint> left = At("10.0.0.1", 5000);
};

bool IsOwn(const IpAddress& address) { return address == kOwn.address; }

BOOST_AUTO_TEST_CASE(AClientIsReplayedFromItsOwnEndpoint) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback);
  BOOST_TEST(Text(keep.Claim(At("192.0.2.1", 9), kTarget, NoneInUse)) == "192.0.2.1:9");
  BOOST_TEST(Text(keep.Claim(At("2001:db8::1", 9), At("2001:db8::2", 80), NoneInUse)) ==
             "[2001:db8::1]:9");
  BOOST_TEST(fallback.left.has_value());
}

BOOST_AUTO_TEST_CASE(AnEndpointInUseIsGivenAgainSoThatItsSessionWaits) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback);
  const auto all_in_use = [](const FlowKey&) { return true; };
  BOOST_TEST(Text(keep.Claim(At("192.0.2.1", 9), kTarget, all_in_use)) == "192.0.2.1:9");
}

BOOST_AUTO_TEST_CASE(AClientOfTheOtherFamilyCannotBeKept) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback);
  BOOST_TEST(Text(keep.Claim(At("2001:db8::1", 9), kTarget, NoneInUse)) == "none");
  BOOST_TEST(Text(keep.Claim(At("192.0.2.1", 9), At("2001:db8::2", 80), NoneInUse)) == "none");
}

BOOST_AUTO_TEST_CASE(AClientOnThisHostTakesAndReturnsTheFallbacks) {
  OneEndpoint fallback;
  KeepAddresses keep(IsOwn, fallback);
  BOOST_TEST(Text(keep.Claim(kOwn, kTarget, NoneInUse)) == "10.0.0.1:5000");
  BOOST_TEST(Text(keep.Claim(kOwn, kTarget, NoneInUse)) == "none");
  keep.Release(At("192.0.2.1", 9), kTarget);  // was never the fallback's
  BOOST_TEST(Text(keep.Claim(kOwn, kTarget, NoneInUse)) == "none");
  keep.Release(At("10.0.0.1", 5000), kTarget);
  BOOST_TEST(Text(keep.Claim(kOwn, kTarget, NoneInUse)) == "10.0.0.1:5000");
}

BOOST_AUTO_TEST_CASE(AnAddressThatThisHostTakesOrLosesChangesNoClaim) {
  bool has_it = false;
  OneEndpoint fallback;
  KeepAddresses keep([&](const IpAddress&) { return has_it; }, fallback);
  const auto kept = keep.Claim(kOwn, kTarget, NoneInUse);
  has_it = true;
  const auto lent = keep.Claim(kOwn, kTarget, NoneInUse);
  BOOST_TEST(Text(lent) == "10.0.0.1:5000");
  keep.Release(*kept, kTarget);  // was never the fallback's
  BOOST_TEST(!fallback.left.has_value());
  has_it = false;
  keep.Release(*lent, kTarget);
  BOOST_TEST(fallback.left.has_value());
}

}  // namespace
}  // namespace tcpcopy
