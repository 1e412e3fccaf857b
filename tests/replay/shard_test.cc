#include "src/replay/shard.h"

#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "src/replay/admission.h"
#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::At;

constexpr std::uint32_t kSessions = 20'000;

/// As Linux chooses them: even ports only.
FlowKey Session(std::uint32_t number) {
  const Endpoint client{IpAddress::V4(0xC0000200U + number / 1000),
                        static_cast<std::uint16_t>(32'768 + 2 * (number % 1000))};
  return {client, At("198.51.100.1", 80)};
}

BOOST_AUTO_TEST_CASE(TheHashIsTheSameForEver) {
  struct Row {
    FlowKey flow;
    std::uint64_t hash;
  };
  // Made by another program, from what the documentation says.
  const Row table[] = {
      {{At("192.0.2.1", 40000), At("198.51.100.1", 80)}, 0xd521740d44bad19aULL},
      {{At("192.0.2.1", 40001), At("198.51.100.1", 80)}, 0x94fdd4d255ea00deULL},
      {{At("198.51.100.1", 80), At("192.0.2.1", 40000)}, 0x04b58599843bf7f5ULL},
      {{At("2001:db8::1", 40000), At("2001:db8::2", 443)}, 0x9361d511d91d5602ULL},
  };
  for (const Row& row : table) BOOST_TEST(Shard::HashOf(row.flow) == row.hash);
  BOOST_TEST(Shard(923, 1000).Contains(table[0].flow));
  BOOST_TEST(Shard(3, 7).Contains(table[0].flow));
  BOOST_TEST(!Shard(4, 7).Contains(table[0].flow));
}

BOOST_AUTO_TEST_CASE(EachFlowIsOfExactlyOneShard) {
  for (const std::uint32_t count : {1U, 2U, 3U, 7U, 64U}) {
    for (std::uint32_t i = 0; i < 500; ++i) {
      std::uint32_t owners = 0;
      for (std::uint32_t number = 1; number <= count; ++number) {
        owners += Shard(number, count).Contains(Session(i)) ? 1 : 0;
      }
      BOOST_REQUIRE(owners == 1U);
    }
  }
}

BOOST_AUTO_TEST_CASE(ShardsAreOfOneSizeWhateverPortsClientsChoose) {
  for (const std::uint32_t count : {2U, 3U, 8U}) {
    for (std::uint32_t number = 1; number <= count; ++number) {
      const Shard shard(number, count);
      std::uint32_t contained = 0;
      for (std::uint32_t i = 0; i < kSessions; ++i) contained += shard.Contains(Session(i)) ? 1 : 0;
      const double share = 1.0 / count;
      const double off = contained - share * kSessions;
      BOOST_TEST(std::abs(off) < 5 * std::sqrt(kSessions * share * (1 - share)), off);
    }
  }
}

BOOST_AUTO_TEST_CASE(AShardHasItsShareOfASample) {
  Admission admission({.sample_percent = 25});
  std::array<double, 4> sampled{};
  for (std::uint32_t i = 0; i < kSessions; ++i) {
    if (admission.Refuse(Session(i), 1, Instant{})) continue;
    for (std::uint32_t n = 1; n <= 4; ++n) sampled[n - 1] += Shard(n, 4).Contains(Session(i));
  }
  const double share = 1.0 / 16;
  for (const double count : sampled) {
    BOOST_TEST(std::abs(count - share * kSessions) <
               5 * std::sqrt(kSessions * share * (1 - share)));
  }
}

BOOST_AUTO_TEST_CASE(WithoutShardsAllIsOurs) {
  const Shard all;
  BOOST_TEST(all.IsAll());
  BOOST_TEST(all.Contains(Session(5)));
  BOOST_TEST(all.CountsFlowless());
  BOOST_TEST(Shard(1, 3).CountsFlowless());
  BOOST_TEST(!Shard(2, 3).CountsFlowless());
  BOOST_TEST(!Shard(2, 3).IsAll());
  BOOST_TEST(Shard(2, 3).ToString() == "2/3");
}

}  // namespace
}  // namespace tcpcopy
