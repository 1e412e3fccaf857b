#include "src/app/options/interface_list.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using Names = std::vector<std::string>;

BOOST_AUTO_TEST_CASE(NamesAreSeparatedByCommas) {
  BOOST_TEST((ParseInterfaces("eth0").value() == Names{"eth0"}));
  BOOST_TEST((ParseInterfaces("eth0,lo,bond0.7").value() == Names{"eth0", "lo", "bond0.7"}));
  BOOST_TEST((ParseInterfaces("any").value() == Names{"any"}));
}

BOOST_AUTO_TEST_CASE(BadListsAreExplained) {
  const std::pair<const char*, const char*> table[] = {
      {"", "'' has an empty name"},
      {"eth0,", "'eth0,' has an empty name"},
      {"eth0,,lo", "'eth0,,lo' has an empty name"},
      {"eth0,lo,eth0", "'eth0' is named twice"},
      {"any,lo", "'any' includes the others; each packet would be captured twice"},
  };
  for (const auto& [text, error] : table) {
    const auto names = ParseInterfaces(text);
    BOOST_REQUIRE_MESSAGE(!names, text);
    BOOST_TEST(names.error() == error);
  }
}

}  // namespace
}  // namespace tcpcopy
