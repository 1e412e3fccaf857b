#include "netstack/base/slab.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <vector>

#include "netstack/base/poison.h"

namespace tcpcopy {
namespace {

struct Counted {
  explicit Counted(int& alive_objects, int value = 0) : alive(alive_objects), number(value) {
    ++alive;
  }
  ~Counted() { --alive; }
  Counted(const Counted&) = delete;
  Counted& operator=(const Counted&) = delete;

  int& alive;
  int number;
};

BOOST_AUTO_TEST_CASE(ObjectsLiveFromNewToDelete) {
  Slab<Counted> slab;
  int alive = 0;
  Counted* const one = slab.New(alive, 7);
  BOOST_TEST(one->number == 7);
  BOOST_TEST(alive == 1);
  BOOST_TEST(slab.in_use() == 1U);
  slab.Delete(one);
  BOOST_TEST(alive == 0);
  BOOST_TEST(slab.in_use() == 0U);
  BOOST_TEST(IsPoisoned(one, sizeof(Counted)) == kPoisoning);
}

BOOST_AUTO_TEST_CASE(EachHasAPlaceOfItsOwn) {
  Slab<Counted> slab;
  int alive = 0;
  std::set<Counted*> all;
  for (int i = 0; i < 200; ++i) all.insert(slab.New(alive, i));  // more than one chunk
  BOOST_TEST(all.size() == 200U);
  BOOST_TEST(slab.in_use() == 200U);
  for (Counted* const one : all) slab.Delete(one);
  BOOST_TEST(alive == 0);
}

BOOST_AUTO_TEST_CASE(ThePlaceThatBecameFreeLastIsUsedFirst) {
  Slab<Counted> slab;
  int alive = 0;
  Counted* const a = slab.New(alive);
  Counted* const b = slab.New(alive);
  slab.Delete(a);
  slab.Delete(b);
  BOOST_TEST(slab.New(alive) == b);
  BOOST_TEST(slab.New(alive) == a);
  slab.Delete(a);
  slab.Delete(b);
}

}  // namespace
}  // namespace tcpcopy
