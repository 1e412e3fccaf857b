#pragma once

#include <string>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// A file that takes what the program would print (-l).
class LogFile {
 public:
  /// Opens or creates it, to add to its end. Nothing goes there before `Take`.
  static Result<LogFile, IoError> Open(const std::string& path);

  /// From now on standard output and standard error go there, and lines of the log bear a time.
  void Take();
  /// Begins a new file of the same name when somebody has moved the old one away. On an error the
  /// old one is used on.
  Result<void, IoError> Reopen();

 private:
  LogFile(std::string path, UniqueFd fd) : path_(std::move(path)), fd_(std::move(fd)) {}

  std::string path_;  // absolute: the working directory may change
  UniqueFd fd_;
};

}  // namespace tcpcopy
