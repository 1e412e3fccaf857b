#include "src/io/host/port_range.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Ranges = std::vector<PortRange>;

BOOST_AUTO_TEST_CASE(ReadsPortsAndRanges) {
  BOOST_TEST((ParsePortRanges("") == Ranges{}));
  BOOST_TEST((ParsePortRanges("80") == Ranges{{80, 80}}));
  BOOST_TEST((ParsePortRanges("0-65535") == Ranges{{0, 65535}}));
  BOOST_TEST((ParsePortRanges("80,8000-8100,9") == Ranges{{80, 80}, {8000, 8100}, {9, 9}}));
}

BOOST_AUTO_TEST_CASE(RefusesEverythingElse) {
  for (const char* const text : {"x", "80,", ",80", "80-", "-80", "90-80", "65536", "-1", "8 0"}) {
    BOOST_TEST_CONTEXT(text) { BOOST_TEST((ParsePortRanges(text) == std::nullopt)); }
  }
}

BOOST_AUTO_TEST_CASE(ASetBecomesItsRanges) {
  PortSet ports;
  BOOST_TEST((ToRanges(ports) == Ranges{}));
  for (const std::size_t port : {0, 1, 2, 80, 65534, 65535}) ports.set(port);
  BOOST_TEST((ToRanges(ports) == Ranges{{0, 2}, {80, 80}, {65534, 65535}}));
  ports.set();
  BOOST_TEST((ToRanges(ports) == Ranges{{0, 65535}}));
}

BOOST_AUTO_TEST_CASE(BothEndsBelongToARange) {
  const PortRange range{10, 20};
  BOOST_TEST((range.Contains(10) && range.Contains(20)));
  BOOST_TEST((!range.Contains(9) && !range.Contains(21)));
}

}  // namespace
}  // namespace tcpcopy
