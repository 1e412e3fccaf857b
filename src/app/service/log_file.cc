#include "src/app/service/log_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <utility>

#include "src/app/console.h"

namespace tcpcopy {
namespace {

constexpr int kMode = 0640;

Result<UniqueFd, IoError> OpenToAdd(const std::string& path) {
  UniqueFd fd(::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, kMode));
  if (!fd) return Err(SystemError(fmt::format("cannot open '{}'", path), errno));
  return fd;
}

}  // namespace

Result<LogFile, IoError> LogFile::Open(const std::string& path) {
  std::error_code failed;
  const std::filesystem::path absolute = std::filesystem::absolute(path, failed);
  std::string full = failed ? path : absolute.string();
  auto fd = OpenToAdd(full);
  if (!fd) return Err(fd.error());
  return LogFile(std::move(full), std::move(*fd));
}

void LogFile::Take() {
  ::dup2(fd_.get(), STDOUT_FILENO);
  ::dup2(fd_.get(), STDERR_FILENO);
  StampLog();
}

Result<void, IoError> LogFile::Reopen() {
  auto fd = OpenToAdd(path_);
  if (!fd) return Err(fd.error());
  fd_ = std::move(*fd);
  Take();
  return {};
}

}  // namespace tcpcopy
