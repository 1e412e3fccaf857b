#include "src/io/pcap/record_counter.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

#include "tests/io/pcap/small_pcap.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;
using testing::Little32;
using testing::SmallPcap;

/// The same with each group of four bytes the other way round, but for the version of a pcap file,
/// which is two groups of two.
std::string Swapped(std::string text) {
  const bool is_pcap = text.starts_with(Little32(0xA1B2C3D4));
  for (std::size_t i = 0; i + 4 <= text.size(); i += 4) {
    if (is_pcap && i == 4) std::swap_ranges(&text[4], &text[6], &text[6]);
    std::reverse(text.begin() + static_cast<std::ptrdiff_t>(i),
                 text.begin() + static_cast<std::ptrdiff_t>(i + 4));
  }
  return text;
}

std::string Block(std::uint32_t type, const std::string& body) {
  const auto length = static_cast<std::uint32_t>(12 + body.size());
  return Little32(type) + Little32(length) + body + Little32(length);
}

const std::string kSection = Block(0x0A0D0D0A, Little32(0x1A2B3C4D) + std::string(12, '\0'));
const std::string kInterface = Block(1, std::string(8, '\0'));

std::uint64_t Count(const std::string& file, std::size_t piece) {
  RecordCounter counter;
  for (std::size_t at = 0; at < file.size(); at += piece) {
    const std::string part = file.substr(at, piece);
    counter.Feed({reinterpret_cast<const std::uint8_t*>(part.data()), part.size()});
  }
  return counter.packets();
}

BOOST_AUTO_TEST_CASE(PacketsOfEveryFormatAreCounted) {
  const std::string two = SmallPcap({1s, 2s}, "abcd");
  std::string patched = Little32(0xA1B2CD34) + two.substr(4, 20);
  for (int i = 0; i < 2; ++i) patched += two.substr(24, 16) + std::string(8, 'x') + "abcd";
  const std::string blocks = kSection + kInterface + Block(6, std::string(24, 'x')) +
                             Block(5, std::string(8, 'x')) + Block(3, std::string(8, 'x'));
  struct Row {
    const char* name;
    std::string file;
    std::uint64_t packets;
  };
  for (const Row& row : {Row{"microseconds", two, 2},
                         {"nanoseconds", Little32(0xA1B23C4D) + two.substr(4), 2},
                         {"other byte order", Swapped(two), 2},
                         {"longer records", patched, 2},
                         {"no packet", SmallPcap({}), 0},
                         {"packets without bytes", SmallPcap({1s, 2s, 3s}, ""), 3},
                         {"blocks", blocks, 2},
                         {"sections of both byte orders", blocks + Swapped(blocks) + blocks, 6},
                         {"the obsolete block", kSection + Block(2, std::string(24, 'x')), 1},
                         {"the least block", kSection + Block(3, ""), 1}}) {
    for (const std::size_t piece : {1U, 3U, 24U, 100'000U}) {
      BOOST_TEST(Count(row.file, piece) == row.packets, row.name << " in pieces of " << piece);
    }
    // One is not whole before its last byte.
    if (row.packets > 0)
      BOOST_TEST(Count(row.file.substr(0, row.file.size() - 1), 7) < row.packets);
  }
}

BOOST_AUTO_TEST_CASE(WhatMakesNoSenseIsLeftToTheReader) {
  const std::string good = SmallPcap({1s});
  for (const auto& [file, packets] :
       {std::pair<std::string, std::uint64_t>{"no capture", 0},
        {Little32(0xA1B2C3D4) + Little32(0x00030002) + good.substr(8), 0},
        {good + Little32(0) + Little32(0) + Little32(0x7FFFFFFF) + Little32(0), 1},
        {kSection + Little32(6) + Little32(11) + Little32(0), 0},
        {kSection + Little32(6) + Little32(0xFFFFFFFF) + Little32(0), 0}}) {
    RecordCounter counter;
    counter.Feed({reinterpret_cast<const std::uint8_t*>(file.data()), file.size()});
    BOOST_TEST(counter.lost());
    BOOST_TEST(counter.packets() == packets);
  }
}

}  // namespace
}  // namespace tcpcopy
