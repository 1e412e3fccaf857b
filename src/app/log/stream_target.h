#pragma once

#include <string_view>

#include "src/app/log/line_target.h"

namespace tcpcopy {

/// A file descriptor that takes lines of the log: a file, a terminal, a pipe, or the journal's
/// socket. A disk that is full or a reader that is slow costs lines and never time: one that
/// does not fit is lost. Only for the rest of a line that is longer than a pipe takes at once
/// (`PIPE_BUF`) it waits, `kPatience` at most.
class StreamTarget final : public LineTarget {
 public:
  static constexpr int kPatience = 100;  // ms

  /// `fd` is not owned.
  explicit StreamTarget(int fd) : fd_(fd) {}

  int Append(std::string_view line) override;
  void OnOutage(int) override {}

 private:
  bool TakeBack(std::size_t count) const;

  const int fd_;
  bool torn_ = false;  // the last line has no end
};

}  // namespace tcpcopy
