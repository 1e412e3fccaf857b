#include "netstack/base/poison.h"

#include <array>
#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(PoisonedMemoryIsToldFromOther) {
  alignas(16) std::array<char, 64> memory{};
  BOOST_TEST(!IsPoisoned(memory.data(), memory.size()));
  Poison(memory.data() + 16, 32);
  BOOST_TEST(IsPoisoned(memory.data(), memory.size()) == kPoisoning);
  BOOST_TEST(!IsPoisoned(memory.data(), 16));
  BOOST_TEST(!IsPoisoned(memory.data() + 48, 16));
  Unpoison(memory.data() + 16, 32);
  BOOST_TEST(!IsPoisoned(memory.data(), memory.size()));
}

}  // namespace
}  // namespace tcpcopy
