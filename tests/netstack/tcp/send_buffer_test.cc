#include "netstack/tcp/send_buffer.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kBlockPayload = std::tuple_size_v<decltype(BlockPool::Block::bytes)>;

std::uint8_t ByteAt(std::uint64_t offset) { return static_cast<std::uint8_t>(offset * 31 >> 3); }

bool Append(SendBuffer& buffer, std::size_t count) {
  std::vector<std::uint8_t> bytes(count);
  for (std::size_t i = 0; i < count; ++i) bytes[i] = ByteAt(buffer.appended() + i);
  return buffer.Append(bytes);
}

bool Holds(const SendBuffer& buffer, std::uint64_t offset, std::size_t count) {
  std::vector<std::uint8_t> out(count);
  buffer.CopyOut(offset, out);
  for (std::size_t i = 0; i < count; ++i) {
    if (out[i] != ByteAt(offset + i)) return false;
  }
  return true;
}

BOOST_AUTO_TEST_CASE(GivesBackWhatWasAppended) {
  BlockPool pool(1U << 20);
  SendBuffer buffer(pool);
  BOOST_TEST(Append(buffer, 10));
  BOOST_TEST(Append(buffer, 3 * kBlockPayload));
  BOOST_TEST(Append(buffer, kBlockPayload - 10));
  BOOST_TEST(pool.in_use() == 4U);
  BOOST_TEST(Append(buffer, 0));
  BOOST_TEST(pool.in_use() == 4U);
  BOOST_TEST(Holds(buffer, 0, buffer.appended()));
  BOOST_TEST(Holds(buffer, kBlockPayload - 1, 2));
}

BOOST_AUTO_TEST_CASE(AppendIsAllOrNothing) {
  BlockPool pool(3 * BlockPool::kBlockBytes);
  SendBuffer buffer(pool);
  BOOST_TEST(Append(buffer, kBlockPayload + 1));
  BOOST_TEST(!Append(buffer, 2 * kBlockPayload));
  BOOST_TEST(buffer.size() == kBlockPayload + 1);
  BOOST_TEST(pool.in_use() == 2U);
  BOOST_TEST(Append(buffer, 2 * kBlockPayload - 1));
  BOOST_TEST(!Append(buffer, 1));
  BOOST_TEST(Holds(buffer, 0, 3 * kBlockPayload));
}

BOOST_AUTO_TEST_CASE(ReleasedBlocksGoBackAtOnce) {
  BlockPool pool(1U << 20);
  SendBuffer buffer(pool);
  BOOST_TEST(Append(buffer, 4 * kBlockPayload));
  buffer.ReleaseUpTo(kBlockPayload - 1);
  BOOST_TEST(pool.in_use() == 4U);
  buffer.ReleaseUpTo(kBlockPayload);
  BOOST_TEST(pool.in_use() == 3U);
  buffer.ReleaseUpTo(5);  // known already
  BOOST_TEST(buffer.released() == kBlockPayload);
  BOOST_TEST(Holds(buffer, kBlockPayload, 3 * kBlockPayload));
  buffer.ReleaseUpTo(4 * kBlockPayload);
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(AnEmptyBufferHoldsNoBlock) {
  BlockPool pool(1U << 20);
  SendBuffer buffer(pool);
  for (int i = 0; i < 100; ++i) {
    BOOST_TEST(Append(buffer, 7));
    BOOST_TEST(Holds(buffer, buffer.released(), 7));
    buffer.ReleaseUpTo(buffer.appended());
    BOOST_TEST(pool.in_use() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(BytesAreComparedWhereTheyAreHeld) {
  BlockPool pool(1U << 20);
  SendBuffer buffer(pool);
  BOOST_TEST(Append(buffer, 5 * kBlockPayload + 10));
  buffer.ReleaseUpTo(20);
  std::vector<std::uint8_t> all(5 * kBlockPayload + 50);
  for (std::size_t i = 0; i < all.size(); ++i) all[i] = ByteAt(i);
  BOOST_TEST(buffer.CountDifferentAt(0, all) == 0U);
  const std::size_t places[] = {0, 19, 20, kBlockPayload, buffer.appended() - 1, buffer.appended()};
  for (const std::size_t place : places) all[place] ^= 1;
  BOOST_TEST(buffer.CountDifferentAt(0, all) == 3U);  // two are gone, one never was there
  for (const std::size_t place : places) {
    const ConstBytes one = ConstBytes(all).subspan(place, 1);
    const bool held = place >= buffer.released() && place < buffer.appended();
    BOOST_TEST(buffer.CountDifferentAt(place, one) == (held ? 1U : 0U));
  }
  BOOST_TEST(Holds(buffer, 3 * kBlockPayload, 10));  // from a cursor in the middle
  BOOST_TEST(buffer.CountDifferentAt(0, all) == 3U);
  const ConstBytes end = ConstBytes(all).subspan(4 * kBlockPayload);
  BOOST_TEST(buffer.CountDifferentAt(4 * kBlockPayload, end) == 1U);
}

BOOST_AUTO_TEST_CASE(BytesFarInsideAreNotCompared) {
  BlockPool pool(8U << 20);
  SendBuffer buffer(pool);
  BOOST_TEST(Append(buffer, 4U << 20));
  const std::uint8_t other = ByteAt(2U << 20) ^ 1;
  BOOST_TEST(buffer.CountDifferentAt(2U << 20, {&other, 1}) == 0U);
  const std::uint8_t last = ByteAt(buffer.appended() - 1) ^ 1;
  BOOST_TEST(buffer.CountDifferentAt(buffer.appended() - 1, {&last, 1}) == 1U);
}

BOOST_AUTO_TEST_CASE(TruncateGivesTheEndBack) {
  BlockPool pool(1U << 20);
  SendBuffer buffer(pool);
  BOOST_TEST(Append(buffer, 5 * kBlockPayload));
  buffer.ReleaseUpTo(kBlockPayload + 10);
  BOOST_TEST(Holds(buffer, 4 * kBlockPayload, 10));  // leaves the cursor in what goes
  buffer.Truncate(2 * kBlockPayload);
  BOOST_TEST(pool.in_use() == 1U);
  BOOST_TEST(Append(buffer, 100));
  BOOST_TEST(Holds(buffer, kBlockPayload + 10, kBlockPayload + 90));
  buffer.Truncate(buffer.released());
  BOOST_TEST(pool.in_use() == 0U);
  BOOST_TEST(Append(buffer, 100));
  BOOST_TEST(Holds(buffer, buffer.released(), 100));
}

BOOST_AUTO_TEST_CASE(DestructionGivesAllBack) {
  BlockPool pool(1U << 20);
  {
    SendBuffer buffer(pool);
    BOOST_TEST(Append(buffer, 5 * kBlockPayload));
    buffer.ReleaseUpTo(100);
  }
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(BehavesAsAQueueWhateverTheOrder) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    BlockPool pool(64 * BlockPool::kBlockBytes);
    SendBuffer buffer(pool);
    Prng prng(seed);
    for (int step = 0; step < 500; ++step) {
      switch (prng.Below(4)) {
        case 0:
          Append(buffer, prng.Below(3 * kBlockPayload));
          break;
        case 1:
          buffer.ReleaseUpTo(buffer.released() + prng.Below(buffer.size() + 1));
          break;
        default: {
          const std::uint64_t offset = prng.Below(buffer.size() + 1);
          const std::size_t count =
              prng.Below(std::min<std::uint64_t>(buffer.size() - offset, 4000) + 1);
          BOOST_REQUIRE(Holds(buffer, buffer.released() + offset, count));
        }
      }
      if (prng.Below(50) == 0) {
        buffer.Truncate(buffer.released() + prng.Below(buffer.size() + 1));
      }
      const std::uint64_t bytes = buffer.size();
      BOOST_REQUIRE(pool.in_use() <= (bytes + 2 * kBlockPayload - 1) / kBlockPayload);
    }
  }
}

}  // namespace
}  // namespace tcpcopy
