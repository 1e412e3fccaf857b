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
  held.Hold(20, 7, Bytes(10, 20));
  held.Hold(10, 5, Bytes(10, 10));
  BOOST_TEST(held.At(5).bytes.empty());
  BOOST_TEST(held.At(10).answered == 5U);
  BOOST_TEST(Drain(held, 10) == Bytes(20, 10), boost::test_tools::per_element());
  BOOST_TEST(held.empty());
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(CutsAPieceThatBeginsEarlier) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  held.Hold(10, 0, Bytes(10, 10));
  BOOST_TEST(Drain(held, 14) == Bytes(6, 14), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(SplitsSegmentsLargerThanABlock) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  held.Hold(100, 0, Bytes(60'000, 100));
  BOOST_TEST(Drain(held, 100) == Bytes(60'000, 100), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(OverlappingPiecesAddUpOnce) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  held.Hold(10, 0, Bytes(10, 10));
  held.Hold(15, 0, Bytes(10, 15));
  held.Hold(12, 0, Bytes(3, 12));  // known already: takes no memory
  BOOST_TEST(pool.in_use() == 1U);
  BOOST_TEST(Drain(held, 10) == Bytes(15, 10), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(OfEachByteTheFirstCopyIsKept) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  held.Hold(10, 1, Bytes(5, 10));
  held.Hold(20, 2, Bytes(5, 20));
  const auto kept = held.Hold(5, 3, std::vector<std::uint8_t>(25, 12));
  BOOST_TEST(kept.until == 30U);
  BOOST_TEST(kept.conflicting == 9U);  // 12 at 12 is the same
  std::vector<std::uint8_t> all(25, 12);
  for (const std::size_t at : {10, 11, 12, 13, 14, 20, 21, 22, 23, 24}) {
    all[at - 5] = static_cast<std::uint8_t>(at);
  }
  BOOST_TEST(held.first() == 5U);
  BOOST_TEST(held.end() == 30U);
  BOOST_TEST(held.At(5).answered == 3U);
  BOOST_TEST(Drain(held, 5) == all, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(SmallPiecesOfOneTurnShareABlock) {
  BlockPool pool(64 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  for (std::uint64_t at = 0; at < 1000; at += 10) held.Hold(at, 0, Bytes(10, 0));
  BOOST_TEST(pool.in_use() == 1U);
  held.Hold(1000, 5, Bytes(10, 0));
  BOOST_TEST(pool.in_use() == 2U);
}

BOOST_AUTO_TEST_CASE(IsBoundedByItsPieces) {
  BlockPool pool(4096 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  std::uint64_t at = 10;
  while (!held.full()) {
    BOOST_REQUIRE(held.Hold(at, 0, Bytes(10, 0)).until == at + 10);
    at += 20;
  }
  BOOST_TEST(pool.in_use() == HeldSegments::kMaxPieces);
  BOOST_TEST(held.Hold(at, 0, Bytes(10, 0)).until == at);
  // What is known already, or fits into a piece, is still taken.
  BOOST_TEST(held.Hold(10, 0, Bytes(20, 0)).until == 30U);
}

BOOST_AUTO_TEST_CASE(IsBoundedByThePool) {
  BlockPool pool(2 * BlockPool::kBlockBytes);
  HeldSegments held(pool);
  const auto kept = held.Hold(100, 0, Bytes(60'000, 0));
  BOOST_TEST(kept.until > 100U);
  BOOST_TEST(kept.until < 100U + 2 * BlockPool::kBlockBytes);
  BOOST_TEST(!held.full());
}

}  // namespace
}  // namespace tcpcopy
