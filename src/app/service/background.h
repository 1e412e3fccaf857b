#pragma once

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// The way of a process to the background (-d). Whoever started it gets the prompt back when it is
/// ready, and hears of what failed before that.
class Background {
 public:
  /// Forks, so it comes before all that does not survive that: the ring, tables that belong to a
  /// process, locks. Returns in the background only. The process in the foreground waits and ends,
  /// with 0 after `Ready`, or as the background process does when that ends before. Until then
  /// Ctrl-C reaches both.
  static Result<Background, IoError> Begin();

  /// Lets the foreground go. The standard streams lead nowhere from now on.
  void Ready();

 private:
  explicit Background(UniqueFd foreground) : foreground_(std::move(foreground)) {}

  UniqueFd foreground_;
};

}  // namespace tcpcopy
