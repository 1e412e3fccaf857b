#include "netstack/wire/flow_key.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <set>
#include <vector>

namespace tcpcopy {
namespace {

FlowKey Flow(const char* local, std::uint16_t local_port, const char* peer,
             std::uint16_t peer_port) {
  return {{*IpAddress::Parse(local), local_port}, {*IpAddress::Parse(peer), peer_port}};
}

BOOST_AUTO_TEST_CASE(ReversedIsThePeersView) {
  const FlowKey flow = Flow("10.0.0.1", 4000, "10.0.0.2", 80);
  BOOST_TEST((flow.Reversed() == Flow("10.0.0.2", 80, "10.0.0.1", 4000)));
  BOOST_TEST((flow.Reversed().Reversed() == flow));
  BOOST_TEST((flow.Reversed() != flow));
}

/// Flows that differ in one part only: none may share a hash, nor be equal.
BOOST_AUTO_TEST_CASE(EveryPartCounts) {
  const std::vector<FlowKey> flows{
      Flow("10.0.0.1", 4000, "10.0.0.2", 80),       Flow("10.0.0.3", 4000, "10.0.0.2", 80),
      Flow("10.0.0.1", 4001, "10.0.0.2", 80),       Flow("10.0.0.1", 4000, "10.0.0.3", 80),
      Flow("10.0.0.1", 4000, "10.0.0.2", 81),       Flow("10.0.0.1", 80, "10.0.0.2", 4000),
      Flow("10.0.0.2", 4000, "10.0.0.1", 80),       Flow("10.0.0.2", 80, "10.0.0.1", 4000),
      Flow("2001:db8::1", 4000, "2001:db8::2", 80), Flow("2001:db8::3", 4000, "2001:db8::2", 80),
      Flow("2001:db9::1", 4000, "2001:db8::2", 80), Flow("2001:db8::1", 4000, "2001:db8::3", 80),
      Flow("2001:db8::1", 4000, "2001:db9::2", 80),
  };
  std::set<std::size_t> hashes;
  for (std::size_t i = 0; i < flows.size(); ++i) {
    hashes.insert(FlowKeyHash{7}(flows[i]));
    for (std::size_t k = 0; k < i; ++k) BOOST_TEST((flows[i] != flows[k]));
  }
  BOOST_TEST(hashes.size() == flows.size());
}

BOOST_AUTO_TEST_CASE(TheHashDependsOnTheSeedAndNothingElse) {
  const FlowKey flow = Flow("10.0.0.1", 4000, "10.0.0.2", 80);
  BOOST_TEST(FlowKeyHash{7}(flow) == FlowKeyHash{7}(Flow("10.0.0.1", 4000, "10.0.0.2", 80)));
  BOOST_TEST(FlowKeyHash{7}(flow) != FlowKeyHash{8}(flow));
}

/// What a hash table takes: the low bits of one client's many ports must spread.
BOOST_AUTO_TEST_CASE(ConsecutivePortsSpreadOverBuckets) {
  constexpr std::size_t kBuckets = 256;
  constexpr std::uint16_t kFlows = 25'600;
  std::vector<int> buckets(kBuckets);
  for (std::uint16_t i = 0; i < kFlows; ++i) {
    const FlowKey flow = Flow("10.0.0.1", static_cast<std::uint16_t>(1024 + i), "10.0.0.2", 80);
    ++buckets[FlowKeyHash{7}(flow) % kBuckets];
  }
  // 100 each on average; six standard deviations to either side.
  for (const int count : buckets) BOOST_TEST((40 < count && count < 160));
}

/// Who has many addresses cannot let ports, or the other end's, undo what differs in them.
BOOST_AUTO_TEST_CASE(NothingMakesUpForAnAddress) {
  constexpr unsigned kFlows = 1000;
  using Bytes = std::array<std::uint8_t, 16>;
  constexpr Bytes kNetwork{0x20, 0x01, 0x0d, 0xb8};
  for (const std::uint8_t last : {std::uint8_t{0}, std::uint8_t{1}}) {
    for (const bool both : {false, true}) {
      std::set<std::size_t> hashes;
      for (unsigned i = 0; i < kFlows; ++i) {
        const auto swapped = static_cast<std::uint16_t>(i << 8U | i >> 8U);
        Bytes client = kNetwork;
        StoreBe16(client.data() + 6, static_cast<std::uint16_t>(i));
        client[15] = last;
        Bytes production = kNetwork;
        production[5] = 1;
        if (both) StoreBe16(production.data() + 10, static_cast<std::uint16_t>(i));
        production[15] = last;
        hashes.insert(FlowKeyHash{7}(
            {{IpAddress::FromBytes(client), swapped}, {IpAddress::FromBytes(production), 80}}));
      }
      BOOST_TEST(hashes.size() == kFlows);
    }
  }
}

}  // namespace
}  // namespace tcpcopy
