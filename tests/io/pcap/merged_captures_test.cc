#include "src/io/pcap/merged_captures.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "tests/io/pcap/small_pcap.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::SmallPcap;

struct MergeBench {
  std::unique_ptr<MergedCaptures> Open(const std::vector<std::string>& contents) {
    std::vector<std::string> paths;
    for (const std::string& content : contents) {
      paths.push_back(
          directory.Write(std::string(1, 'a' + static_cast<char>(paths.size())), content));
    }
    auto merged = MergedCaptures::Open(paths, "");
    BOOST_TEST_REQUIRE(merged.has_value(), (merged ? "" : merged.error().message));
    return std::move(*merged);
  }

  /// What is given out until the end: "b2" is the second packet of the second file, "!" an error.
  std::string Order(MergedCaptures& merged) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
      const auto packet = merged.Next();
      if (packet && !*packet) return text;
      if (!text.empty()) text += ' ';
      if (packet) {
        text += static_cast<char>('a' + (*packet)->file) + std::to_string((*packet)->number);
      } else {
        text += '!';
        errors.push_back(packet.error().message.substr(directory.path().size() + 1));
      }
    }
    return text + " ...";
  }

  testing::TemporaryDirectory directory;
  std::vector<std::string> errors;
};

BOOST_FIXTURE_TEST_SUITE(MergedCapturesTest, MergeBench)

BOOST_AUTO_TEST_CASE(PacketsComeInTheOrderOfCaptureTime) {
  struct Row {
    std::vector<std::vector<Duration>> files;
    const char* order;
  };
  const Row table[] = {
      {{{1s, 2s, 3s}}, "a1 a2 a3"},
      {{{1s, 4s}, {2s, 3s}}, "a1 b1 b2 a2"},
      // Rotated captures, named in any order.
      {{{5s, 6s}, {1s, 2s}, {3s, 4s}}, "b1 b2 c1 c2 a1 a2"},
      {{{}, {1s}, {}}, "b1"},
      {{{}, {}}, ""},
      // Captured at the same time: the file named first.
      {{{1s, 1s, 2s}, {1s, 2s}, {1s}}, "a1 a2 b1 c1 a3 b2"},
      // A time that goes back is due at once, behind what was before it in its file.
      {{{10s, 5s, 11s}, {6s, 10s, 11s}}, "b1 a1 a2 b2 a3 b3"},
      {{{6s, 10s, 11s}, {10s, 5s, 11s}}, "a1 a2 b1 b2 a3 b3"},
      // One clock goes back for good: its file goes on when that time comes again.
      {{{10s, 1s, 2s, 12s}, {9s, 11s}}, "b1 a1 a2 a3 b2 a4"},
  };
  for (const Row& row : table) {
    std::vector<std::string> contents;
    for (const auto& times : row.files) contents.push_back(SmallPcap(times));
    BOOST_TEST(Order(*Open(contents)) == row.order);
  }
}

BOOST_AUTO_TEST_CASE(APacketKeepsItsOwnTimeLinkAndBytes) {
  const auto merged = Open({SmallPcap({10s, 5s}, "first"), SmallPcap({9s}, "other", 1)});
  const auto expect = [&](Duration time, LinkType link, std::string_view bytes) {
    const auto packet = merged->Next();
    BOOST_TEST_REQUIRE((packet && *packet));
    BOOST_TEST(((*packet)->captured_at == time));
    BOOST_TEST(((*packet)->link == link));
    BOOST_TEST(std::string((*packet)->bytes.begin(), (*packet)->bytes.end()) == bytes);
  };
  expect(9s, LinkType::kEthernet, "other");
  expect(10s, LinkType::kRawIp, "first");
  expect(5s, LinkType::kRawIp, "first");
}

BOOST_AUTO_TEST_CASE(ADamagedFileIsToldOnceAndTheOthersGoOn) {
  std::string cut = SmallPcap({2s, 3s, 4s});
  cut.pop_back();
  const auto merged = Open({SmallPcap({1s, 5s}), cut, SmallPcap({6s})});
  // As soon as it is known, behind the last good packet.
  BOOST_TEST(Order(*merged) == "a1 b1 b2 ! a2 c1");
  BOOST_TEST_REQUIRE(errors.size() == 1U);
  BOOST_TEST(errors[0].starts_with("b: packet 3: "), errors[0]);
  BOOST_TEST(errors[0].ends_with("(2 good packets before it)"), errors[0]);
  BOOST_TEST(merged->position() == merged->size());
}

BOOST_AUTO_TEST_CASE(EveryDamagedFileIsTold) {
  std::string none = SmallPcap({1s});
  none.pop_back();
  BOOST_TEST(Order(*Open({none, SmallPcap({2s}), none})) == "! ! b1");
  BOOST_TEST_REQUIRE(errors.size() == 2U);
  BOOST_TEST(errors[0].starts_with("a: packet 1: "), errors[0]);
  BOOST_TEST(errors[1].starts_with("c: packet 1: "), errors[1]);
}

BOOST_AUTO_TEST_CASE(TheEndStaysTheEnd) {
  const auto merged = Open({SmallPcap({1s}), SmallPcap({1s})});
  BOOST_TEST(Order(*merged) == "a1 b1");
  BOOST_TEST(Order(*merged) == "");
}

BOOST_AUTO_TEST_CASE(OneThatCannotBeOpenedIsAnError) {
  const std::string good = directory.Write("good", SmallPcap({1s}));
  const std::string bad = directory.Write("bad", "no capture, whatever its name says");
  const auto merged = MergedCaptures::Open({good, bad}, "");
  BOOST_TEST_REQUIRE(!merged.has_value());
  BOOST_TEST(merged.error().message.starts_with(bad + ": is not a capture file"));
}

BOOST_AUTO_TEST_CASE(EachFileIsFiltered) {
  const std::string good = directory.Write("good", SmallPcap({1s}, std::string(60, 'x'), 1));
  const auto merged = MergedCaptures::Open({good}, "tcp");
  BOOST_TEST_REQUIRE(merged.has_value());
  BOOST_TEST(Order(**merged) == "");
}

BOOST_AUTO_TEST_CASE(PositionAndSizeAreThoseOfAllFiles) {
  const std::string small = SmallPcap({1s, 3s});
  const std::string large = SmallPcap({2s, 4s}, std::string(1000, 'x'));
  const auto merged = Open({small, large});
  BOOST_TEST(merged->size() == small.size() + large.size());
  BOOST_TEST(merged->position() < merged->size());
  BOOST_TEST(Order(*merged) == "a1 b1 a2 b2");
  BOOST_TEST(merged->position() == merged->size());
  BOOST_TEST(merged->names().size() == 2U);
  BOOST_TEST(merged->names()[1] == directory.path() + "/b");
}

BOOST_AUTO_TEST_CASE(AsManyFilesAsAreAllowedCanBeReadAtOnce) {
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < MergedCaptures::kMaxFiles; ++i) {
    const auto time = 1000s - i * 1ms;
    paths.push_back(directory.Write(std::to_string(i), SmallPcap({time, time + 2000s})));
  }
  const auto merged = MergedCaptures::Open(paths, "");
  BOOST_TEST_REQUIRE(merged.has_value(), (merged ? "" : merged.error().message));
  Duration before{0};
  for (std::size_t i = 0; i < 2 * paths.size(); ++i) {
    const auto packet = (*merged)->Next();
    BOOST_TEST_REQUIRE((packet && *packet));
    BOOST_TEST(((*packet)->captured_at > before));
    before = (*packet)->captured_at;
  }
  BOOST_TEST(!(*merged)->Next()->has_value());
}

BOOST_AUTO_TEST_CASE(APipeThatPausesHoldsTheOthersUntilItGoesOn) {
  const std::string piped = SmallPcap({1s, 3s});
  const std::string file = directory.Write("file", SmallPcap({2s, 4s}));
  int ends[2];
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  const auto write_all = [&](const std::string& text) {
    BOOST_TEST_REQUIRE(write(ends[1], text.data(), text.size()) ==
                       static_cast<ssize_t>(text.size()));
  };
  write_all(piped.substr(0, piped.size() - 1));
  const auto merged = MergedCaptures::Open({file, "/dev/fd/" + std::to_string(ends[0])}, "");
  close(ends[0]);
  BOOST_TEST_REQUIRE(merged.has_value());
  BOOST_TEST(Order(**merged) == "b1");
  BOOST_TEST((*merged)->waiting());
  BOOST_TEST(Order(**merged) == "");  // what is next in the file may be too early
  BOOST_TEST((*merged)->waiting());
  BOOST_TEST(((*merged)->PollFd() >= 0));
  write_all(piped.substr(piped.size() - 1));
  BOOST_TEST(Order(**merged) == "a1 b2");
  BOOST_TEST((*merged)->waiting());
  close(ends[1]);
  BOOST_TEST(Order(**merged) == "a2");
  BOOST_TEST(!(*merged)->waiting());
  BOOST_TEST((*merged)->size() == 0U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
