#include "src/io/pcap/filter_check.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(GoodFiltersHaveNoProblem) {
  for (const char* text : {"", "tcp", "tcp and (dst port 80)", "vlan and ip6", "host 10.0.0.1"}) {
    BOOST_TEST(FilterProblem(text) == "");
  }
}

BOOST_AUTO_TEST_CASE(BadFiltersAreNamedInOneLine) {
  for (const char* text : {"foo(", "tcp and", "port 99999", "host", "(tcp"}) {
    const std::string problem = FilterProblem(text);
    BOOST_TEST(!problem.empty(), text);
    BOOST_TEST(problem.find('\n') == std::string::npos, text);
  }
}

}  // namespace
}  // namespace tcpcopy
