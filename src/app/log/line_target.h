#pragma once

#include <string_view>

namespace tcpcopy {

/// Where lines of the log go.
class LineTarget {
 public:
  virtual ~LineTarget() = default;
  /// Takes `line`, its end included, as a whole or not at all, and never waits for long. Returns 0,
  /// or the error number that says why it is lost.
  virtual int Append(std::string_view line) = 0;
  /// Told when lines begin to be lost, once until one was taken again.
  virtual void OnOutage(int error) = 0;
};

}  // namespace tcpcopy
