#include "src/diagnosis/host_look.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

Observation Look(const char* client, const char* target) {
  Observation seen;
  seen.probe = {{IpAddress::Parse(client).value(), 4000}, {IpAddress::Parse(target).value(), 80}};
  LookAtHost(seen);
  return seen;
}

BOOST_AUTO_TEST_CASE(KnowsTheWaysToBothEnds) {
  const Observation seen = Look("192.0.2.1", "127.0.0.1");
  BOOST_TEST(!seen.to_client.exists());
  BOOST_TEST(seen.to_client.problem.starts_with("no way to 192.0.2.1"));
  BOOST_TEST(seen.to_target.exists());
  BOOST_TEST(seen.to_target.local);
  BOOST_TEST(seen.to_target.interface == "lo");
  BOOST_TEST(seen.Has(IpAddress::Parse("127.0.0.1").value()));
  BOOST_TEST(!seen.host.empty());
  BOOST_TEST(!seen.kernel.empty());
}

BOOST_AUTO_TEST_CASE(ForwardingIsAskedForTheFamily) {
  testing::Shell("echo 1 > /proc/sys/net/ipv4/ip_forward");
  BOOST_TEST(Look("192.0.2.1", "127.0.0.1").forwards);
  BOOST_TEST(!Look("2001:db8::1", "::1").forwards);
  testing::Shell("echo 0 > /proc/sys/net/ipv4/ip_forward");
  BOOST_TEST(!Look("192.0.2.1", "127.0.0.1").forwards);
}

BOOST_AUTO_TEST_CASE(TheStricterReversePathFilterCounts) {
  const auto set = [](const char* of, int value) {
    testing::Shell(
        ("echo " + std::to_string(value) + " > /proc/sys/net/ipv4/conf/" + of + "/rp_filter")
            .c_str());
  };
  set("all", 1);
  set("lo", 2);
  BOOST_TEST(Look("192.0.2.1", "127.0.0.1").rp_filter["lo"] == 2);
  set("lo", 0);
  BOOST_TEST(Look("192.0.2.1", "127.0.0.1").rp_filter["lo"] == 1);
  set("all", 0);
  BOOST_TEST(Look("192.0.2.1", "127.0.0.1").rp_filter["lo"] == 0);
  BOOST_TEST(Look("2001:db8::1", "::1").rp_filter.empty());
}

}  // namespace
}  // namespace tcpcopy
