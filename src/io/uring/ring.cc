#include "src/io/uring/ring.h"

#include <fmt/format.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>

#include "netstack/base/check.h"

namespace tcpcopy {
namespace {

constexpr unsigned kCompletionsPerEntry = 8;

/// Cheapest first. All of them are refused with EINVAL by kernels that do not know them (before
/// 6.1); completions are then posted by interrupting the thread, which costs more and works as
/// well.
constexpr unsigned kDeferred = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN |
                               IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_TASKRUN_FLAG;
constexpr std::array kSetups = {kDeferred, 0U};

std::string SetupErrorText(int error) {
  if (error == EPERM) {
    int disabled = 0;
    std::ifstream("/proc/sys/kernel/io_uring_disabled") >> disabled;
    if (disabled != 0) {
      return fmt::format(
          "io_uring is switched off (kernel.io_uring_disabled = {}); allow it with "
          "`sysctl kernel.io_uring_disabled=0`",
          disabled);
    }
  }
  if (error == EPERM || error == ENOSYS) {
    return fmt::format(
        "io_uring is not available ({}): it needs Linux 5.10 or newer and, in a container, a "
        "seccomp profile that allows io_uring_setup and io_uring_enter",
        std::strerror(error));
  }
  if (error == ENOMEM) {
    return "no memory for io_uring: raise the limit of locked memory (`ulimit -l`)";
  }
  return SystemError("cannot set up io_uring", error).message;
}

}  // namespace

Result<std::unique_ptr<Ring>, IoError> Ring::Create(unsigned entries) {
  int error = 0;
  for (const unsigned setup : kSetups) {
    std::unique_ptr<Ring> ring(new Ring);
    io_uring_params params{};
    params.flags = setup | IORING_SETUP_CQSIZE | IORING_SETUP_CLAMP | IORING_SETUP_R_DISABLED;
    params.cq_entries = entries * kCompletionsPerEntry;
    error = -io_uring_queue_init_params(entries, &ring->ring_, &params);
    if (error == 0) {
      ring->flags_work_ = (setup & IORING_SETUP_TASKRUN_FLAG) != 0;
      ring->MakeRoomForFiles();
      return ring;
    }
    ring->ring_.ring_fd = -1;
    if (error != EINVAL) break;
  }
  return Err(IoError{SetupErrorText(error)});
}

Ring::~Ring() {
  if (ring_.ring_fd >= 0) io_uring_queue_exit(&ring_);
}

void Ring::MakeRoomForFiles() {
  if (io_uring_register_files_sparse(&ring_, kMostFiles) != 0) return;
  for (int place = kMostFiles; place-- > 0;) free_files_.push_back(place);
}

RingFile Ring::RegisterFile(int fd) {
  if (free_files_.empty()) return {fd};
  const int place = free_files_.back();
  if (io_uring_register_files_update(&ring_, static_cast<unsigned>(place), &fd, 1) != 1) {
    return {fd};
  }
  free_files_.pop_back();
  return {place, true};
}

void Ring::ForgetFile(RingFile file) {
  if (!file.is_registered) return;
  if (io_uring_sq_ready(&ring_) != 0) Submit();  // they find their file when they are submitted
  const int none = -1;
  io_uring_register_files_update(&ring_, static_cast<unsigned>(file.number), &none, 1);
  free_files_.push_back(file.number);
}

io_uring_sqe* Ring::NextSqe() {
  if (io_uring_sqe* const sqe = io_uring_get_sqe(&ring_)) return sqe;
  Submit();
  return io_uring_get_sqe(&ring_);
}

void Ring::SubmitAndWait(std::optional<Duration> timeout) {
  constexpr Duration::rep kSecond = 1'000'000'000;
  Enable();
  __kernel_timespec spec{};
  if (timeout) spec = {timeout->count() / kSecond, timeout->count() % kSecond};
  io_uring_cqe* first = nullptr;
  // Interrupted, out of time, short of memory, completions to be read first: all are met by coming
  // back. Only a second thread is a mistake of ours.
  const int result =
      io_uring_submit_and_wait_timeout(&ring_, &first, 1, timeout ? &spec : nullptr, nullptr);
  TCPCOPY_CHECK(result != -EEXIST);
}

void Ring::SubmitAndLook() {
  const unsigned kernel_flags = IO_URING_READ_ONCE(*ring_.sq.kflags);
  const bool kernel_has_work =
      (kernel_flags & (IORING_SQ_CQ_OVERFLOW | (flags_work_ ? IORING_SQ_TASKRUN : 0U))) != 0;
  if (kernel_has_work) {
    io_uring_submit_and_get_events(&ring_);
  } else if (io_uring_sq_ready(&ring_) != 0) {
    Submit();
  }
}

void Ring::Submit() {
  Enable();
  io_uring_submit(&ring_);
}

/// A single issuer is the thread that enables the ring.
void Ring::Enable() {
  if (enabled_) return;
  enabled_ = true;
  // Debian's liburing declares a function of its own for it and does not have it.
  TCPCOPY_CHECK(io_uring_register(static_cast<unsigned>(ring_.ring_fd),
                                  IORING_REGISTER_ENABLE_RINGS, nullptr, 0) == 0);
}

std::size_t Ring::Reap(std::span<Completion> out) {
  std::size_t count = 0;
  unsigned head = 0;
  io_uring_cqe* cqe = nullptr;
  io_uring_for_each_cqe(&ring_, head, cqe) {
    if (count == out.size()) break;
    out[count++] = {cqe->user_data, cqe->res};
  }
  io_uring_cq_advance(&ring_, static_cast<unsigned>(count));
  return count;
}

}  // namespace tcpcopy
