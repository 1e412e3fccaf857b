#include "src/app/figures.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

Figures Part(std::uint64_t n) {
  Figures part;
  for (std::uint64_t i = 0; i < n; ++i) part.ledger.Open();
  part.clients = {n, 2 * n, 3 * n};
  part.replies.captured_here = {4 * n, 5 * n, 6 * n};
  part.replies.captured_there = {70 - n, 80 - n, 90 - n};
  part.replies.dropped_on_the_way = 10 * n;
  part.replies.announcements_dropped = 11 * n;
  part.sent = {12 * n, 13 * n, 14 * n, 0, {{1, 15 * n}}};
  part.position = {100 * n, 1000, n, 5};
  return part;
}

BOOST_AUTO_TEST_CASE(WhatEachHasCountedOfItsOwnIsAddedUp) {
  const Figures sum = Figures::SumOf({Part(1), Part(2), Part(3)});
  BOOST_TEST(sum.ledger.seen().sessions == 6U);
  BOOST_TEST(sum.ledger.Reconciles());
  BOOST_TEST(sum.clients.received == 6U);
  BOOST_TEST(sum.clients.dropped_by_kernel == 12U);
  BOOST_TEST(sum.clients.dropped_by_interface == 18U);
  BOOST_TEST(sum.replies.captured_here.received == 24U);
  BOOST_TEST(sum.replies.captured_here.dropped_by_kernel == 30U);
  BOOST_TEST(sum.replies.captured_here.dropped_by_interface == 36U);
  BOOST_TEST(sum.replies.dropped_on_the_way == 60U);
  BOOST_TEST(sum.replies.announcements_dropped == 66U);
  BOOST_TEST(sum.sent.packets == 72U);
  BOOST_TEST(sum.sent.bytes == 78U);
  BOOST_TEST(sum.sent.waits == 84U);
  BOOST_TEST(sum.sent.errors() == 90U);
}

BOOST_AUTO_TEST_CASE(WhatInterceptsTellEachOfThemIsNotAddedUp) {
  const Figures sum = Figures::SumOf({Part(1), Part(2), Part(3)});
  BOOST_TEST(sum.replies.captured_there.received == 69U);
  BOOST_TEST(sum.replies.captured_there.dropped_by_kernel == 79U);
  BOOST_TEST(sum.replies.captured_there.dropped_by_interface == 89U);
  BOOST_TEST(!sum.replies.carried);
  Figures carried = Part(2);
  carried.replies.carried = true;
  BOOST_TEST(Figures::SumOf({Part(1), carried}).replies.carried);
}

BOOST_AUTO_TEST_CASE(OfTheSameInputTheyAreAsFarAsTheirMean) {
  const Figures sum = Figures::SumOf({Part(1), Part(2), Part(3)});
  BOOST_TEST(sum.position.done == 200U);
  BOOST_TEST(sum.position.size == 1000U);
  BOOST_TEST(sum.position.round == 3U);
  BOOST_TEST(sum.position.rounds == 5U);
}

}  // namespace
}  // namespace tcpcopy
