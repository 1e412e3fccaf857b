#include "src/app/service/pid_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <utility>

namespace tcpcopy {
namespace {

constexpr int kMode = 0644;

/// The process that has the file, as it stands there; 0 when it does not tell.
pid_t ReadOwner(int fd) {
  std::array<char, 32> text{};
  const ssize_t count = ::pread(fd, text.data(), text.size(), 0);
  pid_t owner = 0;
  if (count > 0) std::from_chars(text.data(), text.data() + count, owner);
  return owner;
}

bool WriteOwner(int fd, pid_t owner) {
  const std::string text = fmt::format("{}\n", owner);
  return ::ftruncate(fd, 0) == 0 &&
         ::pwrite(fd, text.data(), text.size(), 0) == static_cast<ssize_t>(text.size());
}

/// Its owner removed the file between our opening and our locking it.
bool IsGone(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 && info.st_nlink == 0;
}

Result<UniqueFd, IoError> OpenAndLock(const std::string& path) {
  while (true) {
    UniqueFd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, kMode));
    if (!fd) return Err(SystemError(fmt::format("cannot open '{}'", path), errno));
    if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) {
      return Err(IoError{
          fmt::format("'{}' belongs to process {}, which is running", path, ReadOwner(fd.get()))});
    }
    if (!IsGone(fd.get())) return fd;
  }
}

}  // namespace

Result<PidFile, IoError> PidFile::Create(const std::string& path) {
  auto locked = OpenAndLock(path);
  if (!locked) return Err(locked.error());
  UniqueFd fd = std::move(*locked);
  if (!WriteOwner(fd.get(), ::getpid())) {
    return Err(SystemError(fmt::format("cannot write '{}'", path), errno));
  }
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  return PidFile(failed ? path : absolute.string(), std::move(fd));
}

PidFile::PidFile(std::string path, UniqueFd fd)
    : path_(std::move(path)), fd_(std::move(fd)), owner_(::getpid()) {}

PidFile::~PidFile() {
  if (fd_ && owner_ == ::getpid()) ::unlink(path_.c_str());
}

}  // namespace tcpcopy
