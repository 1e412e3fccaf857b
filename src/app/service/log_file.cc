#include "src/app/service/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "src/app/console.h"

namespace tcpcopy {
namespace {

constexpr int kMode = 0640;

/// O_NONBLOCK: a pipe without a reader is an error and no wait.
Result<UniqueFd, IoError> OpenToAdd(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC, kMode));
  if (!fd) return Err(SystemError(fmt::format("cannot open '{}'", path), errno));
  return fd;
}

}  // namespace

Result<std::unique_ptr<LogFile>, IoError> LogFile::Open(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  std::string full = failed ? path : absolute.string();
  auto fd = OpenToAdd(full);
  if (!fd) return Err(fd.error());
  return std::unique_ptr<LogFile>(new LogFile(std::move(full), std::move(*fd)));
}

// The number of the descriptor stays the same: a new file takes the place of the old one.
LogFile::LogFile(std::string path, UniqueFd fd)
    : path_(std::move(path)), fd_(std::move(fd)), stream_(fd_.get()) {}

LogFile::~LogFile() {
  if (former_error_) SetLogTarget(nullptr);
}

void LogFile::Take() {
  if (!former_error_) {
    former_error_ = UniqueFd(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, STDERR_FILENO + 1));
  }
  TakeStreams();
  SetLogTarget(this);
}

void LogFile::TakeStreams() const {
  ::dup2(fd_.get(), STDOUT_FILENO);
  ::dup2(fd_.get(), STDERR_FILENO);
}

Result<void, IoError> LogFile::Reopen() {
  auto fd = OpenToAdd(path_);
  if (!fd) return Err(fd.error());
  ::dup3(fd->get(), fd_.get(), O_CLOEXEC);
  if (former_error_) TakeStreams();
  return {};
}

bool LogFile::Removed() const {
  struct stat info {};
  return ::fstat(fd_.get(), &info) == 0 && info.st_nlink == 0;
}

int LogFile::Append(std::string_view line) {
  if (Removed() && !Reopen()) return ENOENT;
  return stream_.Append(line);
}

void LogFile::OnOutage(int error) {
  if (!former_error_) return;
  StreamTarget(former_error_.get())
      .Append(fmt::format("{}: -l: '{}' cannot be written: {}; lines are lost until it can\n",
                          program_invocation_short_name, path_,
                          std::generic_category().message(error)));
}

}  // namespace tcpcopy
