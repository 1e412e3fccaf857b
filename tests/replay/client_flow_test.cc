#include "src/replay/client_flow.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(CopiesAreDifferentAndHashDifferently) {
  const FlowKey flow{testing::At("192.0.2.1", 4000), testing::At("198.51.100.1", 80)};
  BOOST_TEST((ClientFlow{flow, 1} != ClientFlow{flow, 2}));
  BOOST_TEST((ClientFlow{flow, 0} == ClientFlow{flow}));
  std::set<std::size_t> hashes;
  for (std::uint16_t copy = 0; copy < 1023; ++copy) hashes.insert(ClientFlowHash{}({flow, copy}));
  BOOST_TEST(hashes.size() == 1023U);
}

}  // namespace
}  // namespace tcpcopy
