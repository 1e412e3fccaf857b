#include "src/io/host/host_addresses.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

IpAddress Of(const char* text) { return IpAddress::Parse(text).value(); }

std::string SourceFor(const char* target) {
  const auto address = SourceAddressFor(Of(target));
  return address ? address->ToString() : address.error().message;
}

BOOST_AUTO_TEST_CASE(AllOfLoopbackIsOwn) {
  const HostAddresses none;
  BOOST_TEST(none.Contains(Of("127.0.0.1")));
  BOOST_TEST(none.Contains(Of("127.64.3.2")));
  BOOST_TEST(!none.Contains(Of("128.0.0.1")));
  BOOST_TEST(!none.Contains(Of("::1")));
}

BOOST_AUTO_TEST_CASE(GivenAddressesAreSortedAndOnceEach) {
  const HostAddresses some({Of("10.0.0.2"), Of("2001:db8::1"), Of("10.0.0.1"), Of("10.0.0.2")});
  BOOST_TEST(some.all().size() == 3U);
  BOOST_TEST(some.Contains(Of("10.0.0.1")));
  BOOST_TEST(some.Contains(Of("2001:db8::1")));
  BOOST_TEST(!some.Contains(Of("10.0.0.3")));
}

BOOST_AUTO_TEST_CASE(RefreshFollowsTheInterfaces) {
  HostAddresses addresses;
  BOOST_TEST(addresses.Refresh().has_value());
  BOOST_TEST(addresses.Contains(Of("::1")));
  BOOST_TEST(!addresses.Contains(Of("10.9.0.1")));
  Shell("ip address add 10.9.0.1/24 dev lo && ip address add 2001:db8::9/64 dev lo");
  BOOST_TEST(!addresses.Contains(Of("10.9.0.1")));
  BOOST_TEST(addresses.Refresh().has_value());
  BOOST_TEST(addresses.Contains(Of("10.9.0.1")));
  BOOST_TEST(addresses.Contains(Of("2001:db8::9")));
  Shell("ip address flush dev lo to 10.9.0.0/24");
  BOOST_TEST(addresses.Refresh().has_value());
  BOOST_TEST(!addresses.Contains(Of("10.9.0.1")));
}

BOOST_AUTO_TEST_CASE(TheSourceAddressFollowsTheRoutes) {
  BOOST_TEST(SourceFor("127.0.0.1") == "127.0.0.1");
  BOOST_TEST(SourceFor("::1") == "::1");
  BOOST_TEST(SourceFor("192.0.2.1") == "no way to 192.0.2.1: Network is unreachable");
  Shell(
      "ip link add one type veth peer name two && ip link set one up && ip link set two up && "
      "ip address add 10.8.0.1/24 dev one && ip route add 192.0.2.0/24 via 10.8.0.2");
  BOOST_TEST(SourceFor("10.8.0.7") == "10.8.0.1");
  BOOST_TEST(SourceFor("192.0.2.1") == "10.8.0.1");
}

}  // namespace
}  // namespace tcpcopy
