#include "src/io/pcap/capture_file.h"

#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

namespace tcpcopy {
namespace {

using Bytes = std::vector<std::uint8_t>;
using std::chrono_literals::operator""ns;
using std::chrono_literals::operator""s;

/// Numbers of a file in its writer's byte order.
class FileBytes {
 public:
  explicit FileBytes(bool big_endian) : big_endian_(big_endian) {}

  FileBytes& U16(std::uint16_t value) { return Append(value, 2); }
  FileBytes& U32(std::uint32_t value) { return Append(value, 4); }
  FileBytes& Raw(const Bytes& bytes) {
    bytes_.insert(bytes_.end(), bytes.begin(), bytes.end());
    return *this;
  }
  const Bytes& bytes() const { return bytes_; }

 private:
  FileBytes& Append(std::uint32_t value, int size) {
    for (int i = 0; i < size; ++i) {
      const int shift = 8 * (big_endian_ ? size - 1 - i : i);
      bytes_.push_back(static_cast<std::uint8_t>(value >> shift));
    }
    return *this;
  }

  const bool big_endian_;
  Bytes bytes_;
};

constexpr std::uint32_t kMicroseconds = 0xA1B2C3D4;
constexpr std::uint32_t kNanoseconds = 0xA1B23C4D;
constexpr std::uint32_t kWireBytes = 1500;
constexpr std::uint32_t kEthernet = 1;

FileBytes PcapHeader(std::uint32_t magic, bool big_endian, std::uint32_t link_type) {
  FileBytes file(big_endian);
  file.U32(magic).U16(2).U16(4).U32(0).U32(0).U32(65535).U32(link_type);
  return file;
}

/// A packet at 1000.000000005 (or .000005) seconds, cut from `kWireBytes`.
void AddPacket(FileBytes& file, const Bytes& bytes) {
  file.U32(1000).U32(5).U32(static_cast<std::uint32_t>(bytes.size())).U32(kWireBytes).Raw(bytes);
}

Bytes Pcap(std::uint32_t magic, bool big_endian, std::uint32_t link_type,
           const std::vector<Bytes>& packets) {
  FileBytes file = PcapHeader(magic, big_endian, link_type);
  for (const Bytes& packet : packets) AddPacket(file, packet);
  return file.bytes();
}

/// Section header, one interface with nanosecond stamps, an enhanced packet block a packet, whose
/// sizes must be multiples of 4.
Bytes PcapNg(bool big_endian, std::uint16_t link_type, const std::vector<Bytes>& packets) {
  FileBytes file(big_endian);
  file.U32(0x0A0D0D0A).U32(28).U32(0x1A2B3C4D).U16(1).U16(0).U32(~0U).U32(~0U).U32(28);
  file.U32(1).U32(32).U16(link_type).U16(0).U32(65535);
  file.U16(9).U16(1).Raw({9, 0, 0, 0}).U16(0).U16(0).U32(32);  // if_tsresol: 10^-9
  for (const Bytes& packet : packets) {
    const auto size = static_cast<std::uint32_t>(packet.size());
    constexpr std::uint64_t kStamp = 1'000'000'000'005;
    file.U32(6).U32(32 + size).U32(0).U32(kStamp >> 32).U32(kStamp & 0xFFFFFFFF);
    file.U32(size).U32(kWireBytes).Raw(packet).U32(32 + size);
  }
  return file.bytes();
}

/// Ethernet, IPv4 and the ports of TCP; enough for a filter.
Bytes FrameTo(std::uint8_t port) {
  Bytes frame(14 + 20 + 20, 0);
  frame[12] = 0x08;
  frame[14] = 0x45;
  frame[17] = 40;
  frame[23] = 6;
  frame[37] = port;
  frame.resize(56);
  return frame;
}

/// A directory of its own that goes away with the test.
class CaptureFileFixture {
 public:
  CaptureFileFixture() {
    std::string pattern = (std::filesystem::temp_directory_path() / "capture-XXXXXX").string();
    BOOST_TEST_REQUIRE((mkdtemp(pattern.data()) != nullptr));
    directory_ = pattern;
  }
  ~CaptureFileFixture() { std::filesystem::remove_all(directory_); }

  std::string Write(const Bytes& bytes) {
    const std::string path = (directory_ / "capture.pcap").string();
    std::ofstream(path, std::ios::binary)
        .write(reinterpret_cast<const char*>(bytes.data()),
               static_cast<std::streamsize>(bytes.size()));
    return path;
  }

  std::unique_ptr<CaptureFile> Opened(const Bytes& bytes, const std::string& filter = "") {
    auto file = CaptureFile::Open(Write(bytes), filter);
    BOOST_TEST_REQUIRE(file.has_value(), (file ? "" : file.error().message));
    return std::move(*file);
  }

  /// The error of opening, without the directory's name.
  std::string OpenError(const std::string& path, const std::string& filter = "") {
    const auto file = CaptureFile::Open(path, filter);
    BOOST_TEST_REQUIRE(!file.has_value());
    return WithoutDirectory(file.error().message);
  }

  std::string WithoutDirectory(const std::string& message) const {
    const std::string prefix = directory_.string() + "/";
    BOOST_TEST(message.starts_with(prefix));
    return message.substr(prefix.size());
  }

  std::filesystem::path directory_;
};

BOOST_FIXTURE_TEST_SUITE(CaptureFileTest, CaptureFileFixture)

BOOST_AUTO_TEST_CASE(EveryFormatAndByteOrderIsReadAlike) {
  const std::vector<Bytes> packets{FrameTo(80), FrameTo(81)};
  struct Case {
    std::string format;
    Bytes bytes;
    Duration captured_at;
  };
  for (const Case& test : {
           Case{"pcap, little-endian", Pcap(kMicroseconds, false, kEthernet, packets),
                1000s + 5000ns},
           Case{"pcap, big-endian", Pcap(kMicroseconds, true, kEthernet, packets), 1000s + 5000ns},
           Case{"nanoseconds, little-endian", Pcap(kNanoseconds, false, kEthernet, packets),
                1000s + 5ns},
           Case{"nanoseconds, big-endian", Pcap(kNanoseconds, true, kEthernet, packets),
                1000s + 5ns},
           Case{"pcapng, little-endian", PcapNg(false, kEthernet, packets), 1000s + 5ns},
           Case{"pcapng, big-endian", PcapNg(true, kEthernet, packets), 1000s + 5ns},
       }) {
    BOOST_TEST_CONTEXT(test.format) {
      const auto file = Opened(test.bytes);
      for (std::uint64_t number = 1; number <= 2; ++number) {
        const auto packet = file->Next();
        BOOST_TEST_REQUIRE((packet.has_value() && packet->has_value()));
        BOOST_TEST(Bytes((*packet)->bytes.begin(), (*packet)->bytes.end()) == packets[number - 1],
                   boost::test_tools::per_element());
        BOOST_TEST(((*packet)->link == LinkType::kEthernet));
        BOOST_TEST((*packet)->wire_length == kWireBytes);
        BOOST_TEST(((*packet)->captured_at == test.captured_at));
        BOOST_TEST((*packet)->number == number);
      }
      BOOST_TEST(!file->Next()->has_value());
      BOOST_TEST(file->packets_read() == 2U);
      BOOST_TEST(file->size() == test.bytes.size());
      BOOST_TEST(file->position() == test.bytes.size());
    }
  }
}

BOOST_AUTO_TEST_CASE(EveryLinkTypeThatWeReadIsTranslated) {
  struct Case {
    std::uint32_t in_file;
    LinkType link;
  };
  for (const Case& test :
       {Case{0, LinkType::kNull}, Case{1, LinkType::kEthernet}, Case{12, LinkType::kRawIp},
        Case{14, LinkType::kRawIp}, Case{101, LinkType::kRawIp}, Case{108, LinkType::kLoop},
        Case{113, LinkType::kLinuxSll}, Case{228, LinkType::kIpv4}, Case{229, LinkType::kIpv6},
        Case{276, LinkType::kLinuxSll2}}) {
    BOOST_TEST_CONTEXT("link type " << test.in_file) {
      const auto file = Opened(Pcap(kMicroseconds, false, test.in_file, {Bytes(60, 0)}));
      BOOST_TEST((file->link() == test.link));
      BOOST_TEST(((*file->Next())->link == test.link));
      const auto in_pcapng =
          Opened(PcapNg(false, static_cast<std::uint16_t>(test.in_file), {Bytes(60, 0)}));
      BOOST_TEST((in_pcapng->link() == test.link));
    }
  }
}

BOOST_AUTO_TEST_CASE(AnotherLinkTypeIsNamedTogetherWithThoseWeRead) {
  const std::string path = Write(Pcap(kMicroseconds, false, 105, {}));
  BOOST_TEST(OpenError(path) ==
             "capture.pcap: link type IEEE802_11 is not supported (supported: NULL, EN10MB, "
             "PPP, PPP_SERIAL, PPP_ETHER, RAW, C_HDLC, LOOP, LINUX_SLL, MPLS, IPV4, IPV6, "
             "LINUX_SLL2)");
}

BOOST_AUTO_TEST_CASE(WhatIsNoCaptureIsTold) {
  BOOST_TEST(OpenError((directory_ / "none.pcap").string()) ==
             "none.pcap: No such file or directory");
  std::filesystem::create_directory(directory_ / "folder");
  BOOST_TEST(OpenError((directory_ / "folder").string()) ==
             "folder: is a directory, not a capture file");
  BOOST_TEST(OpenError(Write({})) == "capture.pcap: is empty");
  BOOST_TEST(OpenError(Write(Bytes(100, 'x'))) ==
             "capture.pcap: is not a capture file (neither pcap nor pcapng)");
  BOOST_TEST(OpenError(Write({0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3})) ==
             "capture.pcap: is not a capture file; if it is compressed, unpack it first");
  Bytes cut_in_header = Pcap(kMicroseconds, false, kEthernet, {});
  cut_in_header.resize(10);
  BOOST_TEST(OpenError(Write(cut_in_header)).starts_with("capture.pcap: truncated dump file"));
}

BOOST_AUTO_TEST_CASE(ABadFilterIsTold) {
  const std::string path = Write(Pcap(kMicroseconds, false, kEthernet, {}));
  BOOST_TEST(OpenError(path, "tcp prt 80").starts_with("capture.pcap: filter 'tcp prt 80': "));
}

BOOST_AUTO_TEST_CASE(FilteredPacketsAreNumberedButNotReturned) {
  const auto file = Opened(
      Pcap(kMicroseconds, false, kEthernet, {FrameTo(1), FrameTo(80), FrameTo(2), FrameTo(80)}),
      "tcp dst port 80");
  BOOST_TEST((*file->Next())->number == 2U);
  BOOST_TEST((*file->Next())->number == 4U);
  BOOST_TEST(!file->Next()->has_value());
  BOOST_TEST(file->packets_read() == 4U);
}

BOOST_AUTO_TEST_CASE(AFileWithoutPacketsEndsCleanly) {
  for (const Bytes& bytes :
       {Pcap(kMicroseconds, false, kEthernet, {}), PcapNg(false, kEthernet, {})}) {
    const auto file = Opened(bytes);
    BOOST_TEST_REQUIRE(file->Next().has_value());
    BOOST_TEST(!file->Next()->has_value());
    BOOST_TEST(file->packets_read() == 0U);
  }
}

BOOST_AUTO_TEST_CASE(ACutFileNamesThePacketAndKeepsFailing) {
  const std::vector<Bytes> packets{FrameTo(1), FrameTo(2), FrameTo(3)};
  for (Bytes bytes : {Pcap(kMicroseconds, false, kEthernet, packets),
                      Pcap(kNanoseconds, true, kEthernet, packets),
                      PcapNg(false, kEthernet, packets), PcapNg(true, kEthernet, packets)}) {
    bytes.resize(bytes.size() - 10);
    const auto file = Opened(bytes);
    BOOST_TEST_REQUIRE(file->Next()->has_value());
    BOOST_TEST_REQUIRE(file->Next()->has_value());
    for (int again = 0; again < 2; ++again) {
      const auto cut = file->Next();
      BOOST_TEST_REQUIRE(!cut.has_value());
      const std::string message = WithoutDirectory(cut.error().message);
      BOOST_TEST_CONTEXT(message) {
        BOOST_TEST(message.starts_with("capture.pcap: packet 3: truncated "));
        BOOST_TEST(message.ends_with(" (2 good packets before it)"));
        BOOST_TEST(message.find('\n') == std::string::npos);
      }
    }
    BOOST_TEST(file->packets_read() == 2U);
  }
}

BOOST_AUTO_TEST_CASE(APacketOfAbsurdLengthIsAnError) {
  FileBytes file = PcapHeader(kMicroseconds, false, kEthernet);
  file.U32(1000).U32(5).U32(0x7FFFFFFF).U32(0x7FFFFFFF);
  const auto damaged = Opened(file.bytes())->Next();
  BOOST_TEST_REQUIRE(!damaged.has_value());
  BOOST_TEST(WithoutDirectory(damaged.error().message).starts_with("capture.pcap: packet 1: "));
}

BOOST_AUTO_TEST_CASE(AWireLengthBelowTheCapturedOneIsRaised) {
  FileBytes file = PcapHeader(kMicroseconds, false, kEthernet);
  file.U32(1000).U32(5).U32(8).U32(3).Raw(Bytes(8, 1));
  const auto opened = Opened(file.bytes());
  BOOST_TEST((*opened->Next())->wire_length == 8U);
}

BOOST_AUTO_TEST_CASE(StandardInputHasNeitherPositionNorSizeWhenItIsAPipe) {
  const Bytes bytes = Pcap(kMicroseconds, false, kEthernet, {FrameTo(80)});
  int ends[2];
  BOOST_TEST_REQUIRE(pipe(ends) == 0);
  BOOST_TEST_REQUIRE(write(ends[1], bytes.data(), bytes.size()) ==
                     static_cast<ssize_t>(bytes.size()));
  close(ends[1]);
  dup2(ends[0], STDIN_FILENO);
  close(ends[0]);
  const auto file = CaptureFile::Open("-", "");
  BOOST_TEST_REQUIRE(file.has_value());
  BOOST_TEST((*(*file)->Next())->number == 1U);
  BOOST_TEST(!(*file)->Next()->has_value());
  BOOST_TEST((*file)->position() == 0U);
  BOOST_TEST((*file)->size() == 0U);
}

BOOST_AUTO_TEST_CASE(APipeIsReadPacketByPacketWithoutWaiting) {
  for (const Bytes& bytes : {Pcap(kMicroseconds, false, kEthernet, {FrameTo(1), FrameTo(80)}),
                             PcapNg(true, kEthernet, {FrameTo(1), FrameTo(80)})}) {
    int ends[2];
    BOOST_TEST_REQUIRE(pipe(ends) == 0);
    const auto write_part = [&](std::size_t from, std::size_t to) {
      BOOST_TEST_REQUIRE(write(ends[1], bytes.data() + from, to - from) ==
                         static_cast<ssize_t>(to - from));
    };
    write_part(0, bytes.size() - 70);
    const auto file = CaptureFile::Open("/dev/fd/" + std::to_string(ends[0]), "tcp dst port 80");
    close(ends[0]);
    BOOST_TEST_REQUIRE(file.has_value());
    const auto expect_nothing_yet = [&] {
      const auto packet = (*file)->Next();
      BOOST_TEST_REQUIRE(packet.has_value());
      BOOST_TEST(!packet->has_value());
      BOOST_TEST((*file)->waiting());
    };
    expect_nothing_yet();
    BOOST_TEST(((*file)->PollFd() >= 0));
    write_part(bytes.size() - 70, bytes.size() - 1);
    expect_nothing_yet();
    BOOST_TEST((*file)->packets_read() == 1U);  // which does not match
    write_part(bytes.size() - 1, bytes.size());
    BOOST_TEST((*(*file)->Next())->number == 2U);
    BOOST_TEST(!(*file)->waiting());
    expect_nothing_yet();
    close(ends[1]);
    BOOST_TEST(!(*file)->Next()->has_value());
    BOOST_TEST(!(*file)->waiting());
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
