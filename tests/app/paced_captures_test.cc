#include "src/app/paced_captures.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <optional>
#include <vector>

#include "tests/io/pcap/small_pcap.h"
#include "tests/runtime/idle_driver.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::SmallPcap;
using Status = PacketSource::Status;

struct NumbersHandler final : PacketHandler {
  void OnPacket(const CapturedPacket& packet) override {
    BOOST_TEST(packet.bytes.size() == 2U);
    numbers.push_back(packet.number);
    due.push_back(packet.due);
  }
  std::vector<Instant> due;
  std::vector<std::uint64_t> numbers;
};

struct PacedBench {
  PacedBench() : loop(clock, driver) {}

  PacedCaptures Open(const std::vector<std::string>& contents, Pacing::Settings settings = {}) {
    std::vector<std::string> paths;
    for (const std::string& content : contents) {
      const std::string name(1, static_cast<char>('a' + paths.size()));
      paths.push_back(directory.Write(name + ".pcap", content));
    }
    auto files = MergedCaptures::Open(paths, "");
    BOOST_TEST_REQUIRE(files.has_value(), (files ? "" : files.error().message));
    return PacedCaptures(
        std::move(*files), {paths, "", settings, rounds},
        {[this](const std::string& why) { damages.push_back(why); }, [this] { return Agree(); }},
        loop);
  }

  std::optional<bool> Agree() {
    asked_after.push_back(handler.numbers.size());
    return agrees;
  }

  Status Drain(PacedCaptures& file, std::size_t limit = 100) {
    const auto status = file.Drain(handler, limit);
    BOOST_TEST_REQUIRE(status.has_value(), (status ? "" : status.error().message));
    return *status;
  }

  void PassTime(Duration span) {
    clock.Advance(span);
    loop.RunOnce(loop.Now());
  }

  void CheckSeen(std::uint64_t count) {
    BOOST_TEST_REQUIRE(handler.numbers.size() == count);
    for (std::uint64_t i = 0; i < count; ++i) BOOST_TEST(handler.numbers[i] == i + 1);
  }

  testing::TemporaryDirectory directory;
  VirtualClock clock;
  testing::IdleDriver driver;
  EventLoop loop;
  NumbersHandler handler;
  std::vector<std::string> damages;
  std::uint64_t rounds = 1;
  std::optional<bool> agrees = true;
  std::vector<std::size_t> asked_after;  // packets
};

BOOST_FIXTURE_TEST_SUITE(PacedCapturesTest, PacedBench)

BOOST_AUTO_TEST_CASE(EachPacketComesWhenItIsDue) {
  PacedCaptures file = Open({SmallPcap({1000s, 1000s, 1000s + 30ms, 1002s})});
  BOOST_TEST((file.NextDue() == kNever));
  BOOST_TEST((Drain(file) == Status::kIdle));
  CheckSeen(2);
  BOOST_TEST((file.NextDue() == Instant{} + 30ms));
  PassTime(29ms);
  BOOST_TEST((Drain(file) == Status::kIdle));
  CheckSeen(2);
  PassTime(1ms);
  BOOST_TEST((Drain(file) == Status::kIdle));
  CheckSeen(3);
  BOOST_TEST((file.NextDue() == Instant{} + 2s));
  PassTime(5s);
  BOOST_TEST((Drain(file) == Status::kEnd));
  CheckSeen(4);
  BOOST_TEST((file.NextDue() == kNever));
  BOOST_TEST((Drain(file) == Status::kEnd));
  CheckSeen(4);
}

BOOST_AUTO_TEST_CASE(ALateReaderIsGivenAllThatIsDueInBatches) {
  PacedCaptures file = Open({SmallPcap({0s, 1s, 2s, 3s, 4s})});
  PassTime(10s);
  // The schedule counts from the first reading, which may have to wait for an intercept.
  BOOST_TEST((Drain(file, 2) == Status::kIdle));
  CheckSeen(1);
  PassTime(10s);
  // Whoever reads later than that changes nothing about it.
  BOOST_TEST((Drain(file, 2) == Status::kMore));
  CheckSeen(3);
  BOOST_TEST((Drain(file, 2) == Status::kMore));
  CheckSeen(5);
  BOOST_TEST((Drain(file, 2) == Status::kEnd));
  // And they bear when they were.
  for (std::size_t i = 0; i < 5; ++i) BOOST_TEST((handler.due[i] == Instant{} + 10s + i * 1s));
}

BOOST_AUTO_TEST_CASE(WithoutPausesEverythingIsDueAtOnce) {
  PacedCaptures file = Open({SmallPcap({0s, 1000s, 4000s})}, {.speed = 0});
  BOOST_TEST((Drain(file) == Status::kEnd));
  CheckSeen(3);
}

BOOST_AUTO_TEST_CASE(NothingIsDueBeforeAPipeHasIt) {
  const std::string piped = SmallPcap({0s, 1s, 2s, 60s});
  const std::size_t record = (piped.size() - 24) / 4;
  for (const double speed : {0.0, 1.0}) {
    handler = {};
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    const auto write_part = [&](std::size_t from, std::size_t to) {
      BOOST_TEST_REQUIRE(write(ends[1], piped.data() + from, to - from) ==
                         static_cast<ssize_t>(to - from));
    };
    write_part(0, 24 + record);
    const std::string path = "/dev/fd/" + std::to_string(ends[0]);
    auto files = MergedCaptures::Open({path}, "");
    close(ends[0]);
    BOOST_TEST_REQUIRE(files.has_value(), (files ? "" : files.error().message));
    PacedCaptures captures(std::move(*files), {{path}, "", {.speed = speed}, 1},
                           {[](const std::string&) {}, [] { return false; }}, loop);
    BOOST_TEST((Drain(captures) == Status::kIdle));
    const Instant begin = loop.Now();
    PassTime(30s);
    write_part(24 + record, piped.size());
    close(ends[1]);
    Drain(captures);
    PassTime(30s);
    Drain(captures);
    BOOST_TEST_REQUIRE(handler.due.size() == 4U);
    const Duration last = speed > 0 ? 60s : 30s;
    const Duration expected[] = {0s, 30s, 30s, last};
    for (std::size_t i = 0; i < 4; ++i) BOOST_TEST((handler.due[i] == begin + expected[i]));
  }
}

BOOST_AUTO_TEST_CASE(AFileWithoutPacketsEndsAtOnce) {
  PacedCaptures file = Open({SmallPcap({})});
  BOOST_TEST((Drain(file) == Status::kEnd));
  CheckSeen(0);
}

BOOST_AUTO_TEST_CASE(ADamagedFileGivesItsGoodPacketsAndIsToldOf) {
  std::string content = SmallPcap({0s, 0s, 0s});
  content.pop_back();
  PacedCaptures file = Open({content});
  for (int i = 0; i < 2; ++i) {
    BOOST_TEST((Drain(file) == Status::kEnd));
    CheckSeen(2);
    BOOST_TEST_REQUIRE(damages.size() == 1U);
    BOOST_TEST((damages[0].find("a.pcap: packet 3: ") != std::string::npos), damages[0]);
  }
}

BOOST_AUTO_TEST_CASE(ADamagedFileDoesNotKeepTheOthersFromTheirTime) {
  std::string cut = SmallPcap({1s, 2s});
  cut.pop_back();
  PacedCaptures files = Open({cut, SmallPcap({1s, 3s})});
  BOOST_TEST((Drain(files) == Status::kIdle));
  BOOST_TEST(handler.numbers == (std::vector<std::uint64_t>{1, 1}),
             boost::test_tools::per_element());
  BOOST_TEST(damages.size() == 1U);
  BOOST_TEST((files.NextDue() == Instant{} + 2s));
  PassTime(2s);
  BOOST_TEST((Drain(files) == Status::kEnd));
  BOOST_TEST(handler.numbers.size() == 3U);
}

BOOST_AUTO_TEST_CASE(ItsPositionIsTheFiles) {
  const std::string content = SmallPcap({0s, 9s});
  PacedCaptures file = Open({content});
  BOOST_TEST(file.captures().size() == content.size());
  BOOST_TEST((Drain(file) == Status::kIdle));
  // The second was read and waits for its time.
  BOOST_TEST(file.captures().position() == content.size());
}

// ---------------------------------------------------------------------------------------------------
// Rounds.

using Counts = std::vector<std::size_t>;

BOOST_AUTO_TEST_CASE(ARoundFollowsTheOneBeforeWithoutAPause) {
  rounds = 3;
  PacedCaptures file = Open({SmallPcap({100s, 102s})}, {.speed = 2});
  BOOST_TEST((Drain(file) == Status::kIdle));
  BOOST_TEST(handler.numbers.size() == 1U);
  PassTime(1s);
  BOOST_TEST((Drain(file) == Status::kMore));  // behind the round's end the loop turns
  BOOST_TEST(handler.numbers.size() == 2U);
  BOOST_TEST(file.round() == 2U);
  BOOST_TEST((Drain(file) == Status::kIdle));
  BOOST_TEST(handler.numbers == (std::vector<std::uint64_t>{1, 2, 1}),
             boost::test_tools::per_element());
  BOOST_TEST((file.NextDue() == Instant{} + 2s));
  PassTime(9s);
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST((Drain(file) == Status::kEnd));
  BOOST_TEST(handler.numbers.size() == 6U);
  BOOST_TEST(file.round() == 3U);
  BOOST_TEST(asked_after == (Counts{2, 4}),
             boost::test_tools::per_element());  // not behind the last
}

BOOST_AUTO_TEST_CASE(WithoutANumberRoundsGoOnUntilNobodyAgrees) {
  rounds = 0;
  PacedCaptures file = Open({SmallPcap({1s})}, {.speed = 0});
  for (int i = 0; i < 100; ++i) BOOST_TEST((Drain(file) == Status::kMore));
  agrees = false;
  BOOST_TEST((Drain(file) == Status::kEnd));
  BOOST_TEST(handler.numbers.size() == 101U);
}

BOOST_AUTO_TEST_CASE(WhoHasToAskOthersDecidesLater) {
  rounds = 0;
  agrees = std::nullopt;
  PacedCaptures file = Open({SmallPcap({1s})}, {.speed = 0});
  for (int i = 0; i < 3; ++i) BOOST_TEST((Drain(file) == Status::kIdle));
  BOOST_TEST((file.NextDue() == kNever));
  BOOST_TEST(asked_after == (Counts{1}), boost::test_tools::per_element());  // once
  file.Decide(true);
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST(file.round() == 2U);
  BOOST_TEST((Drain(file) == Status::kIdle));
  BOOST_TEST(asked_after == (Counts{1, 2}), boost::test_tools::per_element());
  file.Decide(false);
  BOOST_TEST((Drain(file) == Status::kEnd));
  BOOST_TEST(handler.numbers.size() == 2U);
}

BOOST_AUTO_TEST_CASE(ARoundWithoutPacketsDoesNotKeepTheLoop) {
  rounds = 0;
  PacedCaptures file = Open({SmallPcap({})});
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST(asked_after == (Counts{0, 0}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(AReplacedFileIsReplayedFromTheNextRoundOn) {
  rounds = 2;
  PacedCaptures file = Open({SmallPcap({1s, 2s})}, {.speed = 0});
  directory.Write("next", SmallPcap({7s, 8s, 9s}));
  std::filesystem::rename(directory.path() + "/next", directory.path() + "/a.pcap");
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST((Drain(file) == Status::kEnd));
  BOOST_TEST(handler.numbers.size() == 5U);
}

BOOST_AUTO_TEST_CASE(AFileThatIsGoneEndsTheReplayWithAnError) {
  rounds = 0;
  PacedCaptures file = Open({SmallPcap({1s})}, {.speed = 0});
  std::filesystem::remove(directory.path() + "/a.pcap");
  const auto status = file.Drain(handler, 100);
  BOOST_TEST_REQUIRE(!status.has_value());
  BOOST_TEST(status.error().message == directory.path() + "/a.pcap: No such file or directory");
  BOOST_TEST(handler.numbers.size() == 1U);
  BOOST_TEST(file.captures().position() > 0U);  // still there to be asked
}

BOOST_AUTO_TEST_CASE(ADamageIsToldInTheFirstRoundOnly) {
  std::string content = SmallPcap({0s, 0s});
  content.pop_back();
  rounds = 3;
  PacedCaptures file = Open({content, SmallPcap({0s})}, {.speed = 0});
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST((Drain(file) == Status::kMore));
  BOOST_TEST((Drain(file) == Status::kEnd));
  BOOST_TEST(handler.numbers.size() == 6U);
  BOOST_TEST(damages.size() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
