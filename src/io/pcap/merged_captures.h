#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <utility>
#include <vector>

#include "netstack/base/result.h"
#include "src/io/pcap/capture_file.h"

namespace tcpcopy {

/// Capture files that are read as one, in the order of capture time; of packets captured at the
/// same time, that of the file named first. Within a file the order stays as it is: a packet whose
/// time goes back comes as if it bore the latest time before it. Of each file one packet is read
/// ahead. Link types may differ.
class MergedCaptures {
 public:
  /// Each one open takes a descriptor, and memory for what is read ahead: usually a quarter of
  /// `kBytesAFile`, more with packets of unusual length.
  static constexpr std::size_t kMaxFiles = 256;
  static constexpr std::size_t kBytesAFile = 384 * 1024;

  /// Opens 1 to `kMaxFiles` files, see CaptureFile::Open. One that cannot be opened is an error.
  static Result<std::unique_ptr<MergedCaptures>, SourceError> Open(
      const std::vector<std::string>& paths, const std::string& bpf_filter);

  /// The next packet of all; its bytes stay valid until the next call. `nullopt` is the end of all
  /// files, or, when `waiting`, nothing yet: a pipe's next packet has not come, and it may be the
  /// earliest. A damaged or cut file is an error that names file and packet, once: later calls give
  /// what the other files hold.
  Result<std::optional<CapturedPacket>, SourceError> Next();

  /// Whether the last `Next` found nothing yet; `PollFd` is readable when that may have changed.
  bool waiting() const { return PollFd() >= 0; }
  int PollFd() const { return poll_fd_; }

  /// The files' names, in the order of `CapturedPacket::file`.
  const std::vector<std::string>& names() const { return names_; }
  /// Bytes read so far, and in all; 0 when unknown (one is a pipe).
  std::uint64_t position() const;
  std::uint64_t size() const { return size_; }

 private:
  struct Input {
    std::unique_ptr<CaptureFile> file;     // null behind its end
    std::optional<CapturedPacket> next{};  // read, not given out
    Duration latest = Duration::min();     // capture time so far
  };
  /// When the input's packet is to come, and the input's place.
  using Due = std::pair<Duration, std::size_t>;

  explicit MergedCaptures(std::vector<std::unique_ptr<CaptureFile>> files);

  /// Makes the next packet of an input known, if there is one. False when that must wait.
  Result<bool, SourceError> ReadAhead(std::size_t place);
  void Close(Input& input);

  std::vector<Input> inputs_;
  std::vector<std::string> names_;
  std::vector<std::size_t> unread_;  // places of inputs whose next packet is not known, last first
  std::priority_queue<Due, std::vector<Due>, std::greater<>> due_;
  int poll_fd_ = -1;
  std::uint64_t size_ = 0;
  std::uint64_t closed_bytes_ = 0;  // of files that are at their end
};

}  // namespace tcpcopy
