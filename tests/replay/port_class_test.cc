#include "src/replay/port_class.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

namespace tcpcopy {
namespace {

/// How many of the ports `first`, `first + step`, ... are of each class.
std::vector<int> Sizes(std::uint32_t count, std::uint32_t first, std::uint32_t step) {
  std::vector<int> sizes(count);
  for (std::uint32_t port = first; port < 65536; port += step) {
    ++sizes[PortClass::Of(static_cast<std::uint16_t>(port), count)];
  }
  return sizes;
}

BOOST_AUTO_TEST_CASE(EachPortIsOfExactlyOneClass) {
  for (const std::uint32_t count : {1U, 2U, 3U, 8U, 64U}) {
    for (std::uint32_t port = 0; port < 65536; ++port) {
      int owners = 0;
      for (std::uint32_t number = 0; number < count; ++number) {
        owners += PortClass(number, count).Contains(static_cast<std::uint16_t>(port)) ? 1 : 0;
      }
      BOOST_REQUIRE(owners == 1);
    }
  }
}

BOOST_AUTO_TEST_CASE(WithoutAClassAllPortsAreOurs) {
  BOOST_TEST(PortClass().IsAll());
  BOOST_TEST(PortClass().IsFirst());
  BOOST_TEST(PortClass().Contains(0));
  BOOST_TEST(PortClass().Contains(65535));
}

/// The kernel gives `connect` every second port; an instance of `-f K/N` has every N-th.
BOOST_AUTO_TEST_CASE(ClassesAreAboutEquallyLargeWhateverTheSteps) {
  for (const std::uint32_t count : {2U, 3U, 4U, 5U, 8U}) {
    for (const std::uint32_t step : {1U, 2U, 3U, 4U, 8U, 16U, 64U}) {
      for (const std::uint32_t first : {32'768U, 32'769U}) {
        const std::vector<int> sizes = Sizes(count, first, step);
        const auto [least, most] = std::ranges::minmax(sizes);
        BOOST_TEST(most <= 1.25 * least + 8,
                   count << " classes, each " << step << "th port: " << least << " to " << most);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(TheRuleStaysAsItIs) {
  BOOST_TEST(PortClass::Of(0, 4) == 0U);
  BOOST_TEST(PortClass::Of(1, 4) == (2'654'435'769U >> 16) % 4);
  BOOST_TEST(PortClass::Of(65535, 3) ==
             (static_cast<std::uint32_t>(65535ULL * 2'654'435'769ULL) >> 16) % 3);
}

}  // namespace
}  // namespace tcpcopy
