#include "src/app/intercept/escape_warning.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

Endpoint At(const char* address) { return {*IpAddress::Parse(address), 80}; }

std::string Warning(const std::vector<Endpoint>& targets, const char* own, int forwarded_family) {
  return EscapeWarning(
      targets, [&](const IpAddress& address) { return address == IpAddress::Parse(own); },
      [&](IpFamily family) { return static_cast<int>(family) == forwarded_family; });
}

BOOST_AUTO_TEST_CASE(AHostThatNeitherAnswersNorForwardsIsFine) {
  BOOST_TEST(Warning({At("10.0.0.2"), At("2001:db8::2")}, "10.0.0.3", 0) == "");
  BOOST_TEST(Warning({}, "10.0.0.3", 4) == "");
}

BOOST_AUTO_TEST_CASE(OnTheTargetTheQueueIsTheWay) {
  const std::string line = Warning({At("10.0.0.1"), At("10.0.0.2")}, "10.0.0.2", 4);
  BOOST_TEST(line.starts_with("10.0.0.2:80 is this host: "), line);
  BOOST_TEST(line.find("--catch=nfqueue") != std::string::npos);
  BOOST_TEST(Warning({At("127.0.0.1")}, "127.0.0.1", 0) == "");
}

BOOST_AUTO_TEST_CASE(AHostThatForwardsIsToldHowToStop) {
  BOOST_TEST(Warning({At("2001:db8::2"), At("10.0.0.2")}, "10.0.0.3", 4)
                 .find("`sysctl -w net.ipv4.ip_forward=0`") != std::string::npos);
  BOOST_TEST(Warning({At("10.0.0.2"), At("2001:db8::2")}, "10.0.0.3", 6)
                 .find("`sysctl -w net.ipv6.conf.all.forwarding=0`") != std::string::npos);
  BOOST_TEST(Warning({At("10.0.0.2")}, "10.0.0.3", 6) == "");
}

BOOST_AUTO_TEST_CASE(TheKernelTellsWhetherItForwards) {
  for (const int on : {0, 1}) {
    const std::string value = on == 1 ? "1" : "0";
    Shell(("echo " + value + " >/proc/sys/net/ipv4/ip_forward").c_str());
    Shell(("echo " + value + " >/proc/sys/net/ipv6/conf/all/forwarding").c_str());
    BOOST_TEST(ForwardsPackets(IpFamily::kV4) == (on == 1));
    BOOST_TEST(ForwardsPackets(IpFamily::kV6) == (on == 1));
  }
}

}  // namespace
}  // namespace tcpcopy
