#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "netstack/base/result.h"
#include "src/io/packet_source.h"
#include "src/io/pcap/pipe_stream.h"

struct pcap;
struct bpf_program;

namespace tcpcopy {

/// A capture file that is read packet by packet: pcap (micro- or nanoseconds) and pcapng, of either
/// byte order. Blocks while it reads from a disk, and while it opens a pipe. Not thread-safe.
class CaptureFile {
 public:
  /// Opens the file at `path`, or standard input for "-". Packets that do not match `bpf_filter`
  /// (pcap-filter(7); empty means all) are left out.
  /// Errors, one line that begins with the file's name: no such file, a directory, an empty file,
  /// not a capture, a link type that we do not read, a bad filter.
  static Result<std::unique_ptr<CaptureFile>, SourceError> Open(const std::string& path,
                                                                const std::string& bpf_filter);

  CaptureFile(const CaptureFile&) = delete;
  CaptureFile& operator=(const CaptureFile&) = delete;
  ~CaptureFile();

  /// The next packet that matches the filter, numbered by its place in the file; its bytes stay
  /// valid until the next call. `nullopt` is the file's clean end, or, when `waiting`, nothing yet:
  /// a pipe whose writer has not written a whole packet. A damaged or cut file is an
  /// error that names the packet; every later call returns it again.
  Result<std::optional<CapturedPacket>, SourceError> Next();

  /// Whether the last `Next` found nothing yet.
  bool waiting() const { return waiting_; }
  /// Readable when there may be more of what `Next` waits for; -1 for a regular file.
  int PollFd() const { return pipe_ ? pipe_->fd() : -1; }

  /// The file's path, or "standard input"; messages begin with it.
  const std::string& name() const { return name_; }
  LinkType link() const { return link_; }
  /// Packets read so far, whether they matched the filter or not.
  std::uint64_t packets_read() const { return packets_read_; }
  /// Bytes of the file read so far, and in all, for showing progress; 0 when unknown (a pipe).
  std::uint64_t position() const;
  std::uint64_t size() const { return size_; }

 private:
  struct PcapCloser {
    void operator()(pcap* handle) const;
  };
  struct FilterCloser {
    void operator()(bpf_program* program) const;
  };
  using PcapHandle = std::unique_ptr<pcap, PcapCloser>;
  using Filter = std::unique_ptr<bpf_program, FilterCloser>;

  CaptureFile(std::string name, std::unique_ptr<PipeStream> pipe, std::unique_ptr<char[]> buffer,
              PcapHandle handle, Filter filter, LinkType link, std::uint64_t size);

  static Result<Filter, SourceError> Compile(pcap& handle, const std::string& name,
                                             const std::string& expression);

  const std::string name_;
  const std::unique_ptr<PipeStream> pipe_;  // null for a regular file
  const std::unique_ptr<char[]> buffer_;    // of what `handle_` reads from
  const PcapHandle handle_;
  const Filter filter_;  // null matches every packet
  const LinkType link_;
  const std::uint64_t size_;
  std::uint64_t packets_read_ = 0;
  bool waiting_ = false;
  std::optional<SourceError> failure_;
};

}  // namespace tcpcopy
