#include "src/io/pcap/pipe_stream.h"

#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace tcpcopy {

std::FILE* PipeStream::Open() {
  return fopencookie(this, "rb",
                     {.read = Read, .write = nullptr, .seek = nullptr, .close = nullptr});
}

bool PipeStream::Holds(std::uint64_t count) {
  while (counter_.packets() < count) {
    if (ended_ || error_ != 0 || counter_.lost() || kept_.size() - given_ > kMostKept) return true;
    if (!Receive(false)) return ended_ || error_ != 0;
  }
  return true;
}

ssize_t PipeStream::Read(void* stream, char* bytes, std::size_t size) {
  PipeStream& self = *static_cast<PipeStream*>(stream);
  while (self.given_ == self.kept_.size()) {
    if (self.ended_) return 0;
    if (self.error_ != 0) {
      errno = self.error_;
      return -1;
    }
    self.Receive(true);
  }
  const std::size_t count = std::min(size, self.kept_.size() - self.given_);
  std::copy_n(self.kept_.begin() + static_cast<std::ptrdiff_t>(self.given_), count, bytes);
  self.given_ += count;
  return static_cast<ssize_t>(count);
}

bool PipeStream::Receive(bool wait) {
  pollfd look{.fd = fd_.get(), .events = POLLIN, .revents = 0};
  const int ready = poll(&look, 1, wait ? -1 : 0);
  if (ready == 0 || (ready < 0 && errno == EINTR)) return false;
  kept_.erase(kept_.begin(), kept_.begin() + static_cast<std::ptrdiff_t>(given_));
  given_ = 0;
  const std::size_t before = kept_.size();
  kept_.resize(before + kChunk);
  const ssize_t count = read(fd_.get(), kept_.data() + before, kChunk);
  const int error = count < 0 ? errno : 0;
  kept_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
  if (error == EINTR || error == EAGAIN) return false;
  error_ = error;
  ended_ = count == 0;
  if (count <= 0) return false;
  counter_.Feed(ConstBytes(kept_).subspan(before));
  return true;
}

}  // namespace tcpcopy
