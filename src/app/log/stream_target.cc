#include "src/app/log/stream_target.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <string>
#include <utility>

namespace tcpcopy {
namespace {

/// Whether a write of `PIPE_BUF` bytes would return at once, now or within `milliseconds`.
bool TakesMore(int fd, int milliseconds) {
  pollfd ready{.fd = fd, .events = POLLOUT, .revents = 0};
  return ::poll(&ready, 1, milliseconds) > 0;
}

/// As write(2), but for EAGAIN instead of a wait.
ssize_t WriteSome(int fd, mode_t kind, std::string_view text) {
  if (S_ISREG(kind)) return ::write(fd, text.data(), text.size());
  if (S_ISSOCK(kind)) return ::send(fd, text.data(), text.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
  if (!TakesMore(fd, 0)) {
    errno = EAGAIN;
    return -1;
  }
  return ::write(fd, text.data(), std::min<std::size_t>(text.size(), PIPE_BUF));
}

}  // namespace

int StreamTarget::Append(std::string_view line) {
  struct stat info {};
  if (::fstat(fd_, &info) != 0) return errno;
  std::string mended;
  if (torn_) {
    mended = "\n";
    line = mended += line;
  }
  std::size_t done = 0;
  bool waited = false;
  while (done < line.size()) {
    const ssize_t count = WriteSome(fd_, info.st_mode, line.substr(done));
    if (count > 0) {
      done += static_cast<std::size_t>(count);
      continue;
    }
    const int error = count == 0 ? EIO : errno;
    if (error == EINTR) continue;
    if (error == EAGAIN && done > 0 && !std::exchange(waited, true) && TakesMore(fd_, kPatience)) {
      continue;
    }
    if (done > 0) torn_ = !S_ISREG(info.st_mode) || !TakeBack(done);
    return error;
  }
  torn_ = false;
  return 0;
}

/// Removes the beginning of a line whose rest has no room. False when that is not possible.
bool StreamTarget::TakeBack(std::size_t count) const {
  const off_t end = ::lseek(fd_, 0, SEEK_CUR);
  const auto back = static_cast<off_t>(count);
  struct stat info {};
  // Somebody else may write there, too.
  if (end < back || ::fstat(fd_, &info) != 0 || info.st_size != end) return false;
  return ::ftruncate(fd_, end - back) == 0 && ::lseek(fd_, end - back, SEEK_SET) >= 0;
}

}  // namespace tcpcopy
