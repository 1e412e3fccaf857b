#include "netstack/wire/parse_error.h"

#include <boost/test/unit_test.hpp>
#include <set>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(EveryReasonHasANameOfItsOwn) {
  std::set<std::string_view> names{"", "unknown"};
  for (int i = 0; i < static_cast<int>(ParseError::kCount); ++i) {
    BOOST_TEST(names.insert(ToString(static_cast<ParseError>(i))).second);
  }
}

}  // namespace
}  // namespace tcpcopy
