// Input: a capture file. Every packet that it yields is parsed; merged with itself, it yields each
// twice.
#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <string>

#include "netstack/base/check.h"
#include "netstack/wire/packet_view.h"
#include "src/io/pcap/capture_file.h"
#include "src/io/pcap/merged_captures.h"
#include "src/io/pcap/record_counter.h"

namespace tcpcopy {
namespace {

/// The input as a file that never touches a disk.
class MemoryFile {
 public:
  explicit MemoryFile(ConstBytes bytes) : fd_(memfd_create("capture", MFD_CLOEXEC)) {
    TCPCOPY_CHECK(fd_ >= 0);
    const ssize_t written = write(fd_, bytes.data(), bytes.size());
    TCPCOPY_CHECK(written == static_cast<ssize_t>(bytes.size()));
  }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;
  ~MemoryFile() { close(fd_); }

  std::string path() const { return "/proc/self/fd/" + std::to_string(fd_); }

 private:
  const int fd_;
};

/// What was counted beforehand are the packets that libpcap finds.
void CheckCount(ConstBytes input, std::uint64_t packets, bool cleanly) {
  RecordCounter whole;
  whole.Feed(input);
  RecordCounter pieces;
  for (std::size_t at = 0; at < input.size(); at += 7) {
    pieces.Feed(input.subspan(at, std::min<std::size_t>(7, input.size() - at)));
  }
  TCPCOPY_CHECK(pieces.packets() == whole.packets() && pieces.lost() == whole.lost());
  TCPCOPY_CHECK(whole.lost() || !cleanly || whole.packets() == packets);
}

void ReadMerged(const std::string& path, std::uint64_t packets) {
  const auto merged = MergedCaptures::Open({path, path}, "");
  TCPCOPY_CHECK(merged.has_value());
  std::uint64_t given = 0;
  Duration latest = Duration::min();
  int damages = 0;
  while (true) {
    const auto packet = (*merged)->Next();
    if (packet && !packet->has_value()) break;
    if (!packet) {
      ++damages;
      continue;
    }
    // Both files are the same: never does one get ahead of the other.
    TCPCOPY_CHECK((*packet)->number == given / 2 + 1 || (*packet)->captured_at <= latest);
    latest = std::max(latest, (*packet)->captured_at);
    ++given;
  }
  TCPCOPY_CHECK(given == 2 * packets);
  TCPCOPY_CHECK(damages == 0 || damages == 2);
}

void ReadAll(ConstBytes input) {
  const MemoryFile memory(input);
  // An odd size means with a filter, so that both ways are tried.
  const auto file = CaptureFile::Open(memory.path(), input.size() % 2 == 1 ? "tcp" : "");
  if (!file) {
    TCPCOPY_CHECK(file.error().message.starts_with(memory.path() + ": "));
    return;
  }
  bool cleanly = true;
  while (true) {
    const auto packet = (*file)->Next();
    cleanly = packet.has_value();
    if (!packet || !packet->has_value()) break;
    const CapturedPacket& captured = **packet;
    TCPCOPY_CHECK(captured.wire_length >= captured.bytes.size());
    TCPCOPY_CHECK(captured.number == (*file)->packets_read());
    static_cast<void>(ParsePacket(captured.link, captured.bytes, captured.wire_length));
  }
  TCPCOPY_CHECK((*file)->position() <= (*file)->size());
  CheckCount(input, (*file)->packets_read(), cleanly);
  ReadMerged(memory.path(), (*file)->packets_read());
}

}  // namespace
}  // namespace tcpcopy

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  tcpcopy::ReadAll({data, size});
  return 0;
}
