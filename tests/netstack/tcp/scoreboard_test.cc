#include "netstack/tcp/scoreboard.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <vector>

#include "netstack/base/prng.h"

namespace tcpcopy {
namespace {

const Instant kStart = Instant{} + std::chrono::seconds(1);

Instant At(int ms) { return kStart + std::chrono::milliseconds(ms); }
void Ignore(const SentRun&, std::uint64_t) {}

BOOST_AUTO_TEST_CASE(OneBurstIsOneRun) {
  BlockPool pool(1U << 20);
  Scoreboard board(pool);
  for (std::uint64_t at = 1; at < 10'001; at += 1000) board.OnSent(at, at + 1000, At(0));
  BOOST_TEST(board.runs().size() == 1U);
  board.OnSent(10'001, 11'001, At(1));
  BOOST_TEST(board.runs().size() == 2U);
  BOOST_TEST(board.outstanding() == 11'000U);
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(SackedBytesHaveArrivedOnce) {  // RFC 6675 3
  BlockPool pool(1U << 20);
  Scoreboard board(pool);
  board.OnSent(1, 10'001, At(0));
  BOOST_TEST(board.Sack(2001, 4001, Ignore) == 2000U);
  BOOST_TEST(board.Sack(3001, 5001, Ignore) == 1000U);
  BOOST_TEST(board.sacked() == 3000U);
  BOOST_TEST(board.outstanding() == 7000U);
  std::vector<std::uint64_t> ends;
  const auto note = [&](const SentRun&, std::uint64_t end) { ends.push_back(end); };
  BOOST_TEST(board.Acknowledge(6001, note) == 3000U);  // without what SACK had told
  BOOST_TEST((ends == std::vector<std::uint64_t>{2001, 6001}));
  BOOST_TEST(board.sacked() == 0U);
  BOOST_TEST(board.outstanding() == 4000U);
}

BOOST_AUTO_TEST_CASE(LostBytesAreNamedUntilTheyAreSentAgain) {
  BlockPool pool(1U << 20);
  Scoreboard board(pool);
  board.OnSent(1, 10'001, At(0));
  board.Sack(3001, 5001, Ignore);
  BOOST_TEST(board.MarkLostIf([](const SentRun& run) { return run.end <= 3001; }));
  BOOST_TEST(board.lost() == 3000U);
  BOOST_TEST(board.FirstLost()->begin == 1U);
  BOOST_TEST(board.FirstLost()->end == 3001U);
  board.OnSent(1, 1001, At(5));
  BOOST_TEST(board.FirstLost()->begin == 1001U);
  board.OnSent(1001, 3001, At(5));
  BOOST_TEST(!board.FirstLost().has_value());
  BOOST_TEST(board.outstanding() == 8000U);
  BOOST_TEST(board.runs()[0].retransmitted);
  BOOST_TEST((board.runs()[0].last_sent == At(5)));
}

BOOST_AUTO_TEST_CASE(SacksCanBeForgotten) {  // RFC 2018 8
  BlockPool pool(1U << 20);
  Scoreboard board(pool);
  board.OnSent(1, 10'001, At(0));
  board.Sack(3001, 5001, Ignore);
  board.ForgetSacks();
  BOOST_TEST(board.outstanding() == 10'000U);
}

BOOST_AUTO_TEST_CASE(ManyRunsTakeABlockAndGiveItBack) {
  BlockPool pool(1U << 20);
  Scoreboard board(pool);
  for (int i = 0; i < 1000; ++i) {
    const auto begin = static_cast<std::uint64_t>(1 + i * 1000);
    board.OnSent(begin, begin + 1000, At(i));
  }
  BOOST_TEST(pool.in_use() == 1U);
  BOOST_TEST(board.runs().size() <= Scoreboard::kMaxRuns);
  BOOST_TEST(board.outstanding() == 1'000'000U);
  board.Acknowledge(999'001, Ignore);
  BOOST_TEST(pool.in_use() == 0U);
  BOOST_TEST(board.outstanding() == 1000U);
}

/// Whatever is sent, reported and given up, with memory or without: the sums are those of the runs,
/// nothing that was acknowledged stays, and each byte not known to have arrived is accounted for.
void Torture(std::uint64_t seed, std::size_t pool_bytes) {
  BlockPool pool(pool_bytes);
  std::vector<BlockPool::Block*> taken;
  if (seed % 2 == 0) {
    while (BlockPool::Block* block = pool.Take()) taken.push_back(block);
  }
  {
    Scoreboard board(pool);
    Prng prng(seed);
    std::uint64_t una = 1;
    std::uint64_t nxt = 1;
    for (int step = 0; step < 400; ++step) {
      const std::uint64_t a = una + prng.Below(nxt - una + 1);
      const std::uint64_t b = una + prng.Below(nxt - una + 1);
      switch (prng.Below(6)) {
        case 0:
        case 1: {
          const std::uint64_t length = 1 + prng.Below(3000);
          board.OnSent(nxt, nxt + length, At(step));
          nxt += length;
          break;
        }
        case 2:
          if (a != b) board.Sack(std::min(a, b), std::max(a, b), Ignore);
          break;
        case 3:
          una = std::max(una, std::min(a, b));
          board.Acknowledge(una, Ignore);
          break;
        case 4:
          board.MarkLostIf([&](const SentRun&) { return prng.Below(3) == 0; });
          break;
        case 5:
          if (const auto lost = board.FirstLost()) {
            BOOST_REQUIRE(lost->begin >= una);
            board.OnSent(lost->begin, std::min(lost->end, lost->begin + 1000), At(step));
          }
          break;
      }
      std::uint64_t sacked = 0;
      std::uint64_t lost = 0;
      std::uint64_t begin = una;
      for (const SentRun& run : board.runs()) {
        BOOST_REQUIRE(run.end > begin);
        BOOST_REQUIRE((run.first_sent <= run.last_sent));
        if (run.sacked) sacked += run.end - begin;
        if (run.lost) lost += run.end - begin;
        begin = run.end;
      }
      BOOST_REQUIRE(begin == nxt);
      BOOST_REQUIRE(sacked == board.sacked());
      BOOST_REQUIRE(lost == board.lost());
      BOOST_REQUIRE(board.outstanding() == nxt - una - sacked - lost);
    }
  }
  for (BlockPool::Block* block : taken) pool.Return(block);
  BOOST_TEST(pool.in_use() == 0U);
}

BOOST_AUTO_TEST_CASE(TheSumsAlwaysAddUp) {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    BOOST_TEST_CONTEXT("seed " << seed) { Torture(seed, 1U << 16); }
  }
}

}  // namespace
}  // namespace tcpcopy
