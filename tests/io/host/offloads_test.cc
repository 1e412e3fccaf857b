#include "src/io/host/offloads.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <sys/ioctl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "src/io/unique_fd.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

void SetGro(const char* interface, bool on) {
  const UniqueFd socket(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  ethtool_value value{ETHTOOL_SGRO, on ? 1U : 0U};
  ifreq request{};
  std::strcpy(request.ifr_name, interface);
  request.ifr_data = static_cast<char*>(static_cast<void*>(&value));
  BOOST_TEST_REQUIRE(::ioctl(socket.get(), SIOCETHTOOL, &request) == 0);
}

BOOST_AUTO_TEST_CASE(TellsWhetherSegmentsAreMerged) {
  testing::Shell("ip link add name v0 type veth peer name v1");
  SetGro("v0", true);
  BOOST_TEST(MergesSegments("v0"));
  SetGro("v0", false);
  BOOST_TEST(!MergesSegments("v0"));
}

BOOST_AUTO_TEST_CASE(WhatDoesNotExistMergesNothing) {
  BOOST_TEST(!MergesSegments("v9"));
  BOOST_TEST(!MergesSegments("a name that is much too long for one"));
  BOOST_TEST(!MergesSegments(""));
}

}  // namespace
}  // namespace tcpcopy
