#include "src/io/host/offloads.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"
#include "tests/io/offload.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(TellsWhetherSegmentsAreMerged) {
  testing::Shell("ip link add name v0 type veth peer name v1");
  testing::SetOffload("v0", ETHTOOL_SGRO, true);
  BOOST_TEST(MergesSegments("v0"));
  testing::SetOffload("v0", ETHTOOL_SGRO, false);
  BOOST_TEST(!MergesSegments("v0"));
}

BOOST_AUTO_TEST_CASE(WhatDoesNotExistMergesNothing) {
  BOOST_TEST(!MergesSegments("v9"));
  BOOST_TEST(!MergesSegments("a name that is much too long for one"));
  BOOST_TEST(!MergesSegments(""));
}

}  // namespace
}  // namespace tcpcopy
