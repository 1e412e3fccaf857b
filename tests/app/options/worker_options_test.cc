#include "src/app/options/worker_options.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using testing::BadLine;
using testing::Good;
using testing::WithMap;

BOOST_AUTO_TEST_CASE(ANumberOrAsManyAsSuit) {
  BOOST_TEST(Good(WithMap({})).workers == 0U);
  BOOST_TEST(Good(WithMap({"--workers", "auto"})).workers == 0U);
  BOOST_TEST(Good(WithMap({"--workers", "1"})).workers == 1U);
  BOOST_TEST(Good(WithMap({"--workers", "64"})).workers == 64U);
  for (const char* const bad : {"0", "65", "-1", "many", "1.5", ""}) {
    const std::string line = BadLine(WithMap({"--workers", bad}));
    BOOST_TEST(line.starts_with("tcpcopy: --workers: "), line);
  }
}

BOOST_AUTO_TEST_CASE(StandardInputIsReadByOne) {
  BOOST_TEST(BadLine(WithMap({"-i", "-", "--workers", "2"})) ==
             "tcpcopy: --workers: '-' can be read once only, and each worker reads all; accepted: "
             "1, or files on a disk");
  BOOST_TEST(Good(WithMap({"-i", "-", "--workers", "1"})).workers == 1U);
  BOOST_TEST(Good(WithMap({"-i", "-", "--workers", "auto"})).workers == 0U);
  BOOST_TEST(WorkersProblem(2, {"/dev/null"}) ==
             "'/dev/null' can be read once only, and each worker reads all");
  BOOST_TEST(WorkersProblem(1, {"/dev/null"}) == "");
}

}  // namespace
}  // namespace tcpcopy
