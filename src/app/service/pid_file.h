#pragma once

#include <sys/types.h>

#include <string>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// A file with this process's number (-P). A lock on it, which the kernel takes back however the
/// process ends, tells a living owner from a file that was left behind.
class PidFile {
 public:
  /// The error names the process that has the file already.
  static Result<PidFile, IoError> Create(const std::string& path);

  PidFile(PidFile&&) noexcept = default;
  PidFile& operator=(PidFile&&) = delete;
  /// Removes the file, in the process that has made it.
  ~PidFile();

 private:
  PidFile(std::string path, UniqueFd fd);

  std::string path_;  // absolute
  UniqueFd fd_;
  pid_t owner_;
};

}  // namespace tcpcopy
