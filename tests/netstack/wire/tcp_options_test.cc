#include "netstack/wire/tcp_options.h"

#include <boost/test/unit_test.hpp>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;

TcpOptions Sack(std::initializer_list<SackBlock> blocks) {
  TcpOptions options;
  for (const SackBlock& block : blocks) options.sack[options.sack_count++] = block;
  return options;
}

TcpOptions With(auto change) {
  TcpOptions options;
  change(options);
  return options;
}

Bytes FiveSackBlocks() {
  Bytes field(42, 7);
  field[0] = 5;
  field[1] = 42;
  return field;
}

const SackBlock kBlock{SeqNum(0x01020304), SeqNum(0x05060708)};

struct ParseCase {
  std::string rule;
  Bytes field;
  TcpOptions options;
  bool well_formed;
};

const ParseCase kParseCases[] = {
    {"no options", {}, {}, true},
    {"end of list ends", {0, 2, 4, 5, 0xB4}, {}, true},
    {"NOPs are skipped", {1, 1, 1, 1}, {}, true},
    {"MSS", {2, 4, 5, 0xB4}, With([](auto& o) { o.mss = 1460; }), true},
    {"MSS of wrong length", {2, 3, 5, 0}, {}, false},
    {"window scale, unclamped", {3, 3, 200, 0}, With([](auto& o) { o.window_scale = 200; }), true},
    {"window scale of wrong length", {3, 2, 0, 0}, {}, false},
    {"SACK-permitted", {4, 2}, With([](auto& o) { o.sack_permitted = true; }), true},
    {"SACK-permitted of wrong length", {4, 3, 0}, {}, false},
    {"timestamps",
     {8, 10, 0, 0, 1, 0, 0, 0, 0, 2},
     With([](auto& o) {
       o.timestamps = TcpTimestamps{256, 2};
     }),
     true},
    {"timestamps of wrong length", {8, 9, 0, 0, 1, 0, 0, 0, 0}, {}, false},
    {"one SACK block", {5, 10, 1, 2, 3, 4, 5, 6, 7, 8}, Sack({kBlock}), true},
    {"SACK without a block", {5, 2}, {}, false},
    {"half a SACK block", {5, 6, 1, 2, 3, 4}, {}, false},
    {"five SACK blocks have no room in a header", FiveSackBlocks(), {}, false},
    {"the last of a repeated kind counts",
     {5, 18, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 9, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8},
     Sack({kBlock}),
     true},
    {"unknown kinds are skipped",
     {254, 4, 0xF9, 0x89, 2, 4, 5, 0xB4},
     With([](auto& o) { o.mss = 1460; }),
     true},
    {"a length of 0 ends", {254, 0, 2, 4, 5, 0xB4}, {}, false},
    {"a length of 1 ends", {254, 1, 2, 4, 5, 0xB4}, {}, false},
    {"a kind without a length ends", {1, 1, 1, 2}, {}, false},
    {"a length beyond the field ends", {254, 5, 0, 0}, {}, false},
    {"options before a malformed one are kept",
     {2, 4, 5, 0xB4, 3, 9, 0, 0},
     With([](auto& o) { o.mss = 1460; }),
     false},
};

BOOST_AUTO_TEST_CASE(ReadsWhatItKnowsAndStopsAtTheFirstMalformedOption) {
  for (const ParseCase& test : kParseCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      TcpOptions read;
      BOOST_TEST(ReadTcpOptions(test.field, read) == test.well_formed);
      BOOST_TEST((read == test.options));
    }
  }
}

struct WriteCase {
  std::string rule;
  TcpOptions options;
  Bytes field;
};

const WriteCase kWriteCases[] = {
    {"nothing", {}, {}},
    {"MSS", With([](auto& o) { o.mss = 1460; }), {2, 4, 5, 0xB4}},
    {"window scale behind a NOP", With([](auto& o) { o.window_scale = 7; }), {1, 3, 3, 7}},
    {"SACK-permitted alone", With([](auto& o) { o.sack_permitted = true; }), {1, 1, 4, 2}},
    {"timestamps alone have the layout of receivers' fast path",
     With([](auto& o) {
       o.timestamps = TcpTimestamps{1, 2};
     }),
     {1, 1, 8, 10, 0, 0, 0, 1, 0, 0, 0, 2}},
    {"a SYN of Linux",
     With([](auto& o) {
       o.mss = 1460;
       o.sack_permitted = true;
       o.timestamps = TcpTimestamps{1, 0};
       o.window_scale = 7;
     }),
     {2, 4, 5, 0xB4, 4, 2, 8, 10, 0, 0, 0, 1, 0, 0, 0, 0, 1, 3, 3, 7}},
    {"SACK", Sack({kBlock}), {1, 1, 5, 10, 1, 2, 3, 4, 5, 6, 7, 8}},
};

BOOST_AUTO_TEST_CASE(WritesAlignedGroups) {
  for (const WriteCase& test : kWriteCases) {
    BOOST_TEST_CONTEXT(test.rule) {
      Bytes field(TcpOptionsLength(test.options));
      WriteTcpOptions(test.options, field);
      BOOST_TEST(field == test.field, boost::test_tools::per_element());
      TcpOptions read;
      BOOST_TEST(ReadTcpOptions(field, read));
      BOOST_TEST((read == test.options));
    }
  }
}

BOOST_AUTO_TEST_CASE(SackGivesUpTheBlocksThatFindNoRoom) {
  struct Case {
    bool timestamps;
    bool syn_options;
    std::uint8_t sack_count;
    std::uint8_t written;
    std::size_t length;
  };
  for (const Case& test : {Case{false, false, 4, 4, 36}, Case{true, false, 4, 3, 40},
                           Case{true, false, 3, 3, 40}, Case{true, true, 4, 2, 40}}) {
    TcpOptions options = Sack({kBlock, kBlock, kBlock, kBlock});
    options.sack_count = test.sack_count;
    if (test.timestamps) options.timestamps = TcpTimestamps{1, 2};
    if (test.syn_options) {
      options.mss = 1460;
      options.window_scale = 8;
    }
    BOOST_TEST(TcpOptionsLength(options) == test.length);
    Bytes field(test.length);
    WriteTcpOptions(options, field);
    TcpOptions read;
    BOOST_TEST(ReadTcpOptions(field, read));
    BOOST_TEST(read.sack_count == test.written);
    BOOST_TEST((read.timestamps == options.timestamps));
  }
}

}  // namespace
}  // namespace tcpcopy
