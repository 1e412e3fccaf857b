#include "src/app/paced_file.h"

#include <boost/test/unit_test.hpp>
#include <vector>

#include "tests/runtime/idle_driver.h"
#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using Status = PacketSource::Status;

std::string Little32(std::uint32_t value) {
  std::string bytes;
  for (int i = 0; i < 4; ++i) bytes += static_cast<char>(value >> (8 * i));
  return bytes;
}

/// A pcap file of microseconds, raw IP, with one packet of two bytes for each time.
std::string Pcap(const std::vector<Duration>& times) {
  constexpr std::uint32_t kRawIp = 101;
  std::string file = Little32(0xA1B2C3D4) + Little32(0x00040002) + Little32(0) + Little32(0) +
                     Little32(65535) + Little32(kRawIp);
  for (const Duration time : times) {
    const auto microseconds = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
    file += Little32(static_cast<std::uint32_t>(microseconds / 1'000'000)) +
            Little32(static_cast<std::uint32_t>(microseconds % 1'000'000)) + Little32(2) +
            Little32(2) + "ab";
  }
  return file;
}

struct NumbersHandler final : PacketHandler {
  void OnPacket(const CapturedPacket& packet) override {
    BOOST_TEST(packet.bytes.size() == 2U);
    numbers.push_back(packet.number);
  }
  std::vector<std::uint64_t> numbers;
};

struct PacedBench {
  PacedBench() : loop(clock, driver) {}

  PacedFile Open(const std::string& content, Pacing::Settings settings = {}) {
    auto file = CaptureFile::Open(directory.Write("a.pcap", content), "");
    BOOST_TEST_REQUIRE(file.has_value(), (file ? "" : file.error().message));
    return PacedFile(std::move(*file), settings, loop);
  }

  Status Drain(PacedFile& file, std::size_t limit = 100) {
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
};

BOOST_FIXTURE_TEST_SUITE(PacedFileTest, PacedBench)

BOOST_AUTO_TEST_CASE(EachPacketComesWhenItIsDue) {
  PacedFile file = Open(Pcap({1000s, 1000s, 1000s + 30ms, 1002s}));
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
  PacedFile file = Open(Pcap({0s, 1s, 2s, 3s, 4s}));
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
}

BOOST_AUTO_TEST_CASE(WithoutPausesEverythingIsDueAtOnce) {
  PacedFile file = Open(Pcap({0s, 1000s, 4000s}), {.speed = 0});
  BOOST_TEST((Drain(file) == Status::kEnd));
  CheckSeen(3);
}

BOOST_AUTO_TEST_CASE(AFileWithoutPacketsEndsAtOnce) {
  PacedFile file = Open(Pcap({}));
  BOOST_TEST((Drain(file) == Status::kEnd));
  CheckSeen(0);
}

BOOST_AUTO_TEST_CASE(ADamagedFileGivesItsGoodPacketsAndThenTheError) {
  std::string content = Pcap({0s, 0s, 0s});
  content.pop_back();
  PacedFile file = Open(content);
  for (int i = 0; i < 2; ++i) {
    const auto status = file.Drain(handler, 100);
    BOOST_TEST_REQUIRE(!status.has_value());
    BOOST_TEST((status.error().message.find("a.pcap: packet 3: ") != std::string::npos),
               status.error().message);
    CheckSeen(2);
  }
}

BOOST_AUTO_TEST_CASE(ItsPositionIsTheFiles) {
  const std::string content = Pcap({0s, 9s});
  PacedFile file = Open(content);
  BOOST_TEST(file.file().size() == content.size());
  BOOST_TEST((Drain(file) == Status::kIdle));
  BOOST_TEST(file.file().packets_read() == 2U);  // the second waits for its time
  BOOST_TEST(file.file().position() == content.size());
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
