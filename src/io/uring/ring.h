#pragma once

#include <liburing.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "netstack/base/result.h"
#include "netstack/base/time.h"
#include "src/io/io_error.h"

namespace tcpcopy {

/// One finished operation of the ring.
struct Completion {
  std::uint64_t user_data = 0;
  int result = 0;  // >= 0, or a negated errno
};

/// A file that an operation is about: an open descriptor, or a place among the ring's registered
/// files, which saves the kernel looking it up.
struct RingFile {
  int number = -1;
  bool is_registered = false;

  bool operator==(const RingFile&) const = default;
};

/// An io_uring of one thread: whoever submits first uses it, and may be another than who created
/// it. A process that forks to the background creates it afterwards. Linux 5.10 at least; newer
/// kernels are asked for the cheaper ways to complete.
class Ring {
 public:
  /// Room for `entries` operations queued between two submissions (rounded up to a power of two)
  /// and for eight times as many unread completions; beyond that the kernel keeps them itself.
  static Result<std::unique_ptr<Ring>, IoError> Create(unsigned entries);

  Ring(const Ring&) = delete;
  Ring& operator=(const Ring&) = delete;
  /// Cancels what is in flight, without waiting for it.
  ~Ring();

  /// A free submission entry to prepare, owned by the ring. Submits what is queued when there is
  /// no room; nullptr when the kernel takes nothing at the moment.
  io_uring_sqe* NextSqe();

  /// Registers an open file (Linux 5.19), until `ForgetFile` even if its descriptor is closed.
  /// Where that is not possible, or there are kMostFiles, the answer is the descriptor itself.
  RingFile RegisterFile(int fd);
  /// Operations that are queued or under way still have the file. Descriptors are left alone.
  void ForgetFile(RingFile file);
  static constexpr unsigned kMostFiles = 64;

  /// Submits what is queued and waits for a completion, for `timeout` at most (none: for ever).
  /// May return early.
  void SubmitAndWait(std::optional<Duration> timeout);
  /// Submits what is queued and lets the kernel deliver what is finished. Costs no system call when
  /// there is nothing to do.
  void SubmitAndLook();

  /// Takes completions, oldest first; returns how many.
  std::size_t Reap(std::span<Completion> out);

 private:
  Ring() = default;

  void MakeRoomForFiles();
  void Submit();
  void Enable();

  io_uring ring_{};
  bool enabled_ = false;         // and so bound to its thread
  std::vector<int> free_files_;  // places of registered files; none where they are not to be had
  bool flags_work_ = false;      // the kernel flags completions that it still has to post
};

}  // namespace tcpcopy
