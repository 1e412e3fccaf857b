#include "src/io/host/net_counters.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

constexpr std::string_view kPaired =
    "TcpExt: SyncookiesSent IPReversePathFilter\nTcpExt: 3 4\n"
    "Ip: Forwarding OutNoRoutes\nIp: 1 -7\n";
constexpr std::string_view kSingle = "Ip6InReceives                   \t35\nIp6InNoRoutes\t2\n";

BOOST_AUTO_TEST_CASE(NamesCountersAsNstatDoes) {
  const NetCounters::Values values = NetCounters::Parse(kPaired, kSingle).values();
  const NetCounters::Values expected = {
      {"TcpExtSyncookiesSent", 3}, {"TcpExtIPReversePathFilter", 4},
      {"IpForwarding", 1},         {"IpOutNoRoutes", -7},
      {"Ip6InReceives", 35},       {"Ip6InNoRoutes", 2}};
  BOOST_TEST((values == expected));
}

BOOST_AUTO_TEST_CASE(TellsWhatHasGrown) {
  const NetCounters before = NetCounters::Parse("A: x y\nA: 1 5\n", "");
  const NetCounters after = NetCounters::Parse("A: x y z\nA: 4 5 2\n", "");
  const NetCounters::Values expected = {{"Ax", 3}, {"Az", 2}};
  BOOST_TEST((after.GrownSince(before) == expected));
  BOOST_TEST(before.GrownSince(after).empty());
}

BOOST_AUTO_TEST_CASE(WhatIsNotAsExpectedIsSkipped) {
  for (const char* const text : {"", "\n", "A: x\n", "A: x\nB: 1\n", "A x\nA 1", "A: x y\nA: q"}) {
    BOOST_TEST(NetCounters::Parse(text, "").values().empty(), text);
  }
  for (const char* const text : {"", "\n", "x\n", "x y\n", "x 2z"}) {
    BOOST_TEST(NetCounters::Parse("", text).values().empty(), text);
  }
}

BOOST_AUTO_TEST_CASE(ThisKernelHasThoseThatTellOfLostPackets) {
  const NetCounters::Values values = NetCounters::OfThisHost().values();
  for (const char* const name :
       {"TcpExtIPReversePathFilter", "TcpExtListenDrops", "IpOutNoRoutes", "IpInAddrErrors"}) {
    BOOST_TEST(values.contains(name), name);
  }
}

}  // namespace
}  // namespace tcpcopy
