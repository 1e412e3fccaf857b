#include "src/io/pcap/capture_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <pcap/pcap.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <utility>

#include "src/io/pcap/link_types.h"

namespace tcpcopy {
namespace {

constexpr std::size_t kReadBufferBytes = 64 * 1024;

tl::unexpected<SourceError> Failed(const std::string& name, std::string_view reason) {
  return Err(SourceError{fmt::format("{}: {}", name, reason)});
}

/// Closes what `Open` opened unless libpcap has taken it over.
struct FileCloser {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using FileHandle = std::unique_ptr<std::FILE, FileCloser>;

struct OpenedFile {
  std::unique_ptr<PipeStream> pipe;  // null for a regular file
  std::unique_ptr<char[]> buffer;    // the C library takes a size only together with a buffer
  FileHandle file;
  std::uint64_t size = 0;  // 0 when it is no regular file
  int first_byte = 0;
};

/// Opens the file and finds out what libpcap would tell in words of its own, or not at all.
Result<OpenedFile, SourceError> OpenFile(const std::string& path, const std::string& name) {
  OpenedFile opened;
  UniqueFd fd(path == "-" ? fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0)
                          : open(path.c_str(), O_RDONLY | O_CLOEXEC));
  struct stat status {};
  if (!fd || fstat(fd.get(), &status) != 0) return Failed(name, std::strerror(errno));
  if (S_ISDIR(status.st_mode)) return Failed(name, "is a directory, not a capture file");
  if (S_ISREG(status.st_mode)) {
    opened.size = static_cast<std::uint64_t>(status.st_size);
    opened.file.reset(fdopen(fd.Release(), "rb"));
  } else {
    opened.pipe = std::make_unique<PipeStream>(std::move(fd));
    opened.file.reset(opened.pipe->Open());
  }
  if (!opened.file) return Failed(name, std::strerror(errno));

  opened.buffer = std::make_unique_for_overwrite<char[]>(kReadBufferBytes);
  std::setvbuf(opened.file.get(), opened.buffer.get(), _IOFBF, kReadBufferBytes);
  opened.first_byte = std::getc(opened.file.get());
  if (opened.first_byte == EOF) {
    return Failed(name, std::ferror(opened.file.get()) != 0 ? std::strerror(errno) : "is empty");
  }
  std::ungetc(opened.first_byte, opened.file.get());
  return opened;
}

/// libpcap's reason why the file cannot be read, or a better one.
std::string NotACapture(std::string_view reason, int first_byte) {
  constexpr int kGzipFirstByte = 0x1F;
  if (reason.find("unknown file format") == std::string_view::npos) return std::string(reason);
  return first_byte == kGzipFirstByte
             ? "is not a capture file; if it is compressed, unpack it first"
             : "is not a capture file (neither pcap nor pcapng)";
}

Duration ToDuration(const timeval& stamp) {
  // A damaged file can tell any time; beyond 2250 there is no room in 64 bits of nanoseconds.
  constexpr std::int64_t kMaxSeconds = 9'000'000'000;
  const std::int64_t seconds = std::clamp<std::int64_t>(stamp.tv_sec, -kMaxSeconds, kMaxSeconds);
  // The precision asked for makes tv_usec nanoseconds.
  constexpr std::int64_t kMaxNanoseconds = 999'999'999;
  const std::int64_t nanoseconds = std::clamp<std::int64_t>(stamp.tv_usec, 0, kMaxNanoseconds);
  return std::chrono::seconds(seconds) + std::chrono::nanoseconds(nanoseconds);
}

}  // namespace

void CaptureFile::PcapCloser::operator()(pcap* handle) const { pcap_close(handle); }

void CaptureFile::FilterCloser::operator()(bpf_program* program) const {
  pcap_freecode(program);
  delete program;
}

Result<CaptureFile::Filter, SourceError> CaptureFile::Compile(pcap& handle, const std::string& name,
                                                              const std::string& expression) {
  if (expression.empty()) return Filter();
  auto program = std::make_unique<bpf_program>();
  if (pcap_compile(&handle, program.get(), expression.c_str(), 1, PCAP_NETMASK_UNKNOWN) != 0) {
    return Failed(name, fmt::format("filter '{}': {}", expression, pcap_geterr(&handle)));
  }
  return Filter(program.release());
}

Result<std::unique_ptr<CaptureFile>, SourceError> CaptureFile::Open(const std::string& path,
                                                                    const std::string& bpf_filter) {
  const std::string name = path == "-" ? "standard input" : path;
  Result<OpenedFile, SourceError> opened = OpenFile(path, name);
  if (!opened) return Err(std::move(opened.error()));

  char reason[PCAP_ERRBUF_SIZE] = {};
  PcapHandle handle(pcap_fopen_offline_with_tstamp_precision(opened->file.get(),
                                                             PCAP_TSTAMP_PRECISION_NANO, reason));
  if (!handle) return Failed(name, NotACapture(reason, opened->first_byte));
  static_cast<void>(opened->file.release());  // closed together with the handle from here on

  const int dlt = pcap_datalink(handle.get());
  const std::optional<LinkType> link = LinkTypeFromDlt(dlt);
  if (!link) return Failed(name, UnsupportedLinkType(dlt));
  Result<Filter, SourceError> filter = Compile(*handle, name, bpf_filter);
  if (!filter) return Err(std::move(filter.error()));
  return std::unique_ptr<CaptureFile>(new CaptureFile(name, std::move(opened->pipe),
                                                      std::move(opened->buffer), std::move(handle),
                                                      std::move(*filter), *link, opened->size));
}

CaptureFile::CaptureFile(std::string name, std::unique_ptr<PipeStream> pipe,
                         std::unique_ptr<char[]> buffer, PcapHandle handle, Filter filter,
                         LinkType link, std::uint64_t size)
    : name_(std::move(name)),
      pipe_(std::move(pipe)),
      buffer_(std::move(buffer)),
      handle_(std::move(handle)),
      filter_(std::move(filter)),
      link_(link),
      size_(size) {}

CaptureFile::~CaptureFile() = default;

Result<std::optional<CapturedPacket>, SourceError> CaptureFile::Next() {
  if (failure_) return Err(*failure_);
  while (true) {
    waiting_ = pipe_ && !pipe_->Holds(packets_read_ + 1);
    if (waiting_) return std::nullopt;
    pcap_pkthdr* header = nullptr;
    const std::uint8_t* bytes = nullptr;
    const int got = pcap_next_ex(handle_.get(), &header, &bytes);
    if (got == PCAP_ERROR_BREAK) return std::nullopt;
    if (got != 1) {
      failure_ =
          SourceError{fmt::format("{}: packet {}: {} ({} good packets before it)", name_,
                                  packets_read_ + 1, pcap_geterr(handle_.get()), packets_read_)};
      return Err(*failure_);
    }
    ++packets_read_;
    // Not pcap_setfilter: libpcap would skip packets without our counting them.
    if (filter_ && pcap_offline_filter(filter_.get(), header, bytes) == 0) continue;
    return CapturedPacket{.bytes = {bytes, header->caplen},
                          .link = link_,
                          .wire_length = std::max(header->len, header->caplen),
                          .captured_at = ToDuration(header->ts),
                          .number = packets_read_};
  }
}

std::uint64_t CaptureFile::position() const {
  if (size_ == 0) return 0;
  const off_t position = ftello(pcap_file(handle_.get()));
  return position < 0 ? 0 : static_cast<std::uint64_t>(position);
}

}  // namespace tcpcopy
