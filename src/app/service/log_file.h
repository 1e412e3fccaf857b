#pragma once

#include <memory>
#include <string>

#include "netstack/base/result.h"
#include "src/app/log/line_target.h"
#include "src/app/log/stream_target.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// A file that takes what the program would print (-l). When it is removed, or its folder is, a new
/// one is made as soon as that is possible; lines until then are lost and counted (LineSink).
class LogFile final : public LineTarget {
 public:
  /// Opens or creates it, to add to its end. Nothing goes there before `Take`.
  static Result<std::unique_ptr<LogFile>, IoError> Open(const std::string& path);
  ~LogFile() override;

  /// From now on the log goes there, and what else is written to the standard streams.
  void Take();
  /// Begins a new file of the same name when somebody has moved the old one away. On an error the
  /// old one is used on.
  Result<void, IoError> Reopen();

  int Append(std::string_view line) override;
  /// Tells it where standard error was before, which may be a terminal or the journal.
  void OnOutage(int error) override;

 private:
  LogFile(std::string path, UniqueFd fd);

  void TakeStreams() const;
  bool Removed() const;

  const std::string path_;  // absolute: the working directory may change
  UniqueFd fd_;
  UniqueFd former_error_;  // what standard error was; empty before `Take`
  StreamTarget stream_;
};

}  // namespace tcpcopy
