#include "netstack/wire/seq_num.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(ComparesWithinHalfTheCircle) {
  struct Case {
    std::uint32_t left, right;
    bool less;
  };
  for (const Case& test :
       {Case{0, 1, true}, Case{1, 0, false}, Case{5, 5, false}, Case{0xFFFFFFFF, 0, true},
        Case{0, 0xFFFFFFFF, false}, Case{0xFFFFFF00, 0x100, true}, Case{0, 0x7FFFFFFF, true}}) {
    const SeqNum left(test.left), right(test.right);
    BOOST_TEST((left < right) == test.less);
    BOOST_TEST((right > left) == test.less);
    BOOST_TEST((left >= right) == !test.less);
    BOOST_TEST((left <= right) == (test.less || left == right));
  }
}

BOOST_AUTO_TEST_CASE(ArithmeticWrapsAround) {
  BOOST_TEST((SeqNum(0xFFFFFFFE) + 5).raw() == 3U);
  BOOST_TEST((SeqNum(3) - 5).raw() == 0xFFFFFFFEU);
  BOOST_TEST((SeqNum(3) - SeqNum(0xFFFFFFFE)) == 5);
  BOOST_TEST((SeqNum(0xFFFFFFFE) - SeqNum(3)) == -5);
}

BOOST_AUTO_TEST_CASE(AWindowMayWrapAround) {
  const SeqNum first(0xFFFFFFF0);
  BOOST_TEST(first.InWindow(first, 1));
  BOOST_TEST(!first.InWindow(first, 0));
  BOOST_TEST(SeqNum(0x0F).InWindow(first, 0x20));
  BOOST_TEST(!SeqNum(0x10).InWindow(first, 0x20));
  BOOST_TEST(!SeqNum(0xFFFFFFEF).InWindow(first, 0x20));
}

}  // namespace
}  // namespace tcpcopy
