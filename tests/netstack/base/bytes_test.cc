#include "netstack/base/bytes.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(TheFirstByteIsTheHighestAtAnyAlignment) {
  const std::uint8_t bytes[] = {0xFF, 0xFE, 0x01, 0x02, 0x80};
  BOOST_TEST(LoadBe16(bytes + 1) == 0xFE01);
  BOOST_TEST(LoadBe32(bytes) == 0xFFFE0102U);
  BOOST_TEST(LoadBe32(bytes + 1) == 0xFE010280U);
}

BOOST_AUTO_TEST_CASE(WhatIsStoredIsLoaded) {
  std::uint8_t bytes[5] = {};
  StoreBe32(bytes + 1, 0x80FF0001U);
  BOOST_TEST(LoadBe32(bytes + 1) == 0x80FF0001U);
  StoreBe16(bytes, 0xABCD);
  BOOST_TEST(LoadBe16(bytes) == 0xABCD);
  BOOST_TEST(LoadBe16(bytes + 1) == 0xCDFF);
}

BOOST_AUTO_TEST_CASE(DifferentPlacesAreCountedUpToTheShorterEnd) {
  const std::uint8_t a[] = {1, 2, 3, 4};
  const std::uint8_t b[] = {1, 9, 3, 9, 9};
  BOOST_TEST(CountDifferent(a, b) == 2U);
  BOOST_TEST(CountDifferent(b, a) == 2U);
  BOOST_TEST(CountDifferent(a, a) == 0U);
  BOOST_TEST(CountDifferent(a, {}) == 0U);
}

}  // namespace
}  // namespace tcpcopy
