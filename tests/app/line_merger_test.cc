#include "src/app/line_merger.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(WhatAllWorkersHaveIsToldOnce) {
  LineMerger lines(3);
  BOOST_TEST(lines.IsNews(1, "eth0 is gone"));
  BOOST_TEST(!lines.IsNews(0, "eth0 is gone"));
  BOOST_TEST(lines.IsNews(0, "eth1 is gone"));
  BOOST_TEST(!lines.IsNews(2, "eth0 is gone"));
}

BOOST_AUTO_TEST_CASE(WhatHappensAgainIsToldAgain) {
  LineMerger lines(2);
  for (int i = 0; i < 3; ++i) {
    BOOST_TEST(lines.IsNews(0, "eth0 is gone"));
    BOOST_TEST(!lines.IsNews(1, "eth0 is gone"));
  }
  BOOST_TEST(lines.IsNews(1, "eth0 is gone"));
}

BOOST_AUTO_TEST_CASE(OneWorkerTellsAllThatItHas) {
  LineMerger lines(1);
  for (int i = 0; i < 3; ++i) BOOST_TEST(lines.IsNews(0, "eth0 is gone"));
}

BOOST_AUTO_TEST_CASE(ItRemembersABoundedNumberOfLines) {
  LineMerger lines(2);
  for (std::size_t i = 0; i < 2 * LineMerger::kMostLines; ++i) {
    BOOST_TEST(lines.IsNews(0, std::to_string(i)));
  }
  BOOST_TEST(!lines.IsNews(1, std::to_string(2 * LineMerger::kMostLines - 1)));
}

}  // namespace
}  // namespace tcpcopy
