#include "src/replay/held_segments.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

std::vector<std::uint8_t> Bytes(std::size_t count, std::uint8_t first) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = static_cast<std::uint8_t>(first + i);
  return bytes;
}

/// All that lies without a hole from `offset` on.
std::vector<std::uint8_t> Drain(HeldSegments& held, std::uint64_t offset) {
  std::vector<std::uint8_t> all;
  for (auto piece = held.At(offset); !piece.bytes.empty(); piece = held.At(offset + all.size())) {
    all.insert(all.end(), piece.bytes.begin(), piece.bytes.end());
  }
  return all;
}

BOOST_AUTO_TEST_CASE(KeepsPiecesInStreamOrder) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  BOOST_REQUIRE(held.Hold(20, 7, Bytes(10, 20)));
  BOOST_REQUIRE(held.Hold(10, 5, Bytes(10, 10)));
  BOOST_TEST(held.At(5).bytes.empty());
  BOOST_TEST(held.At(10).answered == 5U);
  BOOST_TEST(Drain(held, 10) == Bytes(20, 10), boost::test_tools::per_element());
  BOOST_TEST(held.empty());
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(CutsAPieceThatBeginsEarlier) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  BOOST_REQUIRE(held.Hold(10, 0, Bytes(10, 10)));
  BOOST_TEST(Drain(held, 14) == Bytes(6, 14), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(SplitsSegmentsLargerThanABlock) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  BOOST_REQUIRE(held.Hold(100, 0, Bytes(60'000, 100)));
  BOOST_TEST(Drain(held, 100) == Bytes(60'000, 100), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(OverlappingPiecesAddUpOnce) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  BOOST_REQUIRE(held.Hold(10, 0, Bytes(10, 10)));
  BOOST_REQUIRE(held.Hold(15, 0, Bytes(10, 15)));
  BOOST_REQUIRE(held.Hold(12, 0, Bytes(3, 12)));  // known already: takes no memory
  BOOST_TEST(pool.in_use() == 2U);
  BOOST_TEST(Drain(held, 10) == Bytes(15, 10), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(IsBoundedByItsPieces) {
  BlockPool pool(4096 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  std::uint32_t pieces = 0;
  while (held.Hold(10 + 20 * std::uint64_t{pieces}, 0, Bytes(10, 0))) ++pieces;
  BOOST_TEST(pieces == HeldSegments::kMaxPieces);
  BOOST_TEST(pool.in_use() == HeldSegments::kMaxPieces);
}

}  // namespace
}  // namespace tcpcopy
