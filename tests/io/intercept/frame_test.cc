#include "src/io/intercept/frame.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <string>

#include "tests/io/intercept/hex.h"

namespace tcpcopy {
namespace {

using testing::FromHex;
using testing::ToHex;

struct Fixture {
  OutBuffer out{1'000'000};
  FrameWriter writer{out};
  std::string Waiting() const { return ToHex(out.waiting()); }
  void Extend(FrameType type, std::string_view hex) {
    const auto bytes = FromHex(hex);
    std::ranges::copy(bytes, writer.Extend(type, bytes.size()).begin());
  }
};

BOOST_FIXTURE_TEST_SUITE(FrameTest, Fixture)

BOOST_AUTO_TEST_CASE(LengthTypeBody) {
  writer.Write(FrameType::kProof, FromHex("aabb"));
  writer.Write(FrameType::kHeartbeat, {});
  BOOST_TEST(Waiting() ==
             "00000003"
             "02"
             "aabb"
             "00000001"
             "08");
}

BOOST_AUTO_TEST_CASE(RecordsThatGatherAreOneFrame) {
  Extend(FrameType::kReplies, "aa");
  BOOST_TEST(Waiting() ==
             "00000002"
             "07"
             "aa");
  Extend(FrameType::kReplies, "bbcc");
  BOOST_TEST(Waiting() ==
             "00000004"
             "07"
             "aabbcc");
  BOOST_TEST(writer.batches() == 1U);
}

BOOST_AUTO_TEST_CASE(OfAnotherTypeAreAnotherFrame) {
  Extend(FrameType::kAnnounce, "aa");
  Extend(FrameType::kWithdraw, "bb");
  writer.Write(FrameType::kHeartbeat, {});
  Extend(FrameType::kWithdraw, "cc");
  BOOST_TEST(Waiting() ==
             "00000002"
             "05"
             "aa"
             "00000002"
             "06"
             "bb"
             "00000001"
             "08"
             "00000002"
             "06"
             "cc");
  BOOST_TEST(writer.batches() == 3U);
}

BOOST_AUTO_TEST_CASE(AFrameOnItsWayIsLeftAlone) {
  Extend(FrameType::kReplies, "aa");
  out.Written(1);
  Extend(FrameType::kReplies, "bb");
  BOOST_TEST(Waiting() ==
             "000002"
             "07"
             "aa"
             "00000002"
             "07"
             "bb");
}

BOOST_AUTO_TEST_CASE(AFullFrameTakesNoMore) {
  for (int i = 0; i < 65; ++i) writer.Extend(FrameType::kReplies, 1024);
  BOOST_TEST(writer.batches() == 2U);
  BOOST_TEST(LoadBe32(out.waiting().data()) == 1 + 64 * 1024U);
}

BOOST_AUTO_TEST_CASE(ComesOutAsItWentInHoweverItIsCut) {
  writer.Write(FrameType::kHello, FromHex("010203"));
  writer.Write(FrameType::kHeartbeat, {});
  Extend(static_cast<FrameType>(200), "ff");
  const std::vector<std::uint8_t> stream(out.waiting().begin(), out.waiting().end());
  for (std::size_t piece = 1; piece <= stream.size(); ++piece) {
    FrameReader reader(100);
    std::string seen;
    for (std::size_t at = 0; at < stream.size(); at += piece) {
      reader.Feed(ConstBytes(stream).subspan(at, std::min(piece, stream.size() - at)));
      while (const auto frame = reader.Next().value()) {
        seen += std::to_string(static_cast<int>(frame->type)) + ":" + ToHex(frame->body) + " ";
      }
    }
    BOOST_TEST(seen == "1:010203 8: 200:ff ");
  }
}

BOOST_AUTO_TEST_CASE(WhatIsNotWholeIsNotGiven) {
  const auto stream = FromHex("00000003 02 aabb");
  for (std::size_t length = 0; length < stream.size(); ++length) {
    FrameReader reader(100);
    reader.Feed(ConstBytes(stream).first(length));
    BOOST_TEST(!reader.Next().value().has_value());
  }
}

struct BadLength {
  const char* stream;
  FrameError error;
};

constexpr BadLength kBadLengths[] = {
    {"00000000", FrameError::kEmpty},
    {"0000000000000006 00000000 0000", FrameError::kEmpty},  // the classic protocol
    {"00000065", FrameError::kTooLong},
    {"00100001 07", FrameError::kTooLong},
    {"ffffffff 01", FrameError::kTooLong},
    {"474554202f20", FrameError::kTooLong},  // "GET / "
};

BOOST_AUTO_TEST_CASE(LengthsThatCannotBeEndTheReading) {
  for (const BadLength& each : kBadLengths) {
    FrameReader reader(100);
    reader.Feed(FromHex(each.stream));
    const auto next = reader.Next();
    BOOST_REQUIRE(!next.has_value());
    BOOST_TEST((next.error() == each.error), each.stream);
  }
}

BOOST_AUTO_TEST_CASE(TheLongestIsStillRead) {
  FrameReader reader(100);
  std::vector<std::uint8_t> stream(104);
  StoreBe32(stream.data(), 100);
  reader.Feed(stream);
  BOOST_TEST(reader.Next().value()->body.size() == 99U);
  reader.set_max_length(200);
  stream.assign(204, 0);
  StoreBe32(stream.data(), 200);
  reader.Feed(stream);
  BOOST_TEST(reader.Next().value()->body.size() == 199U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
