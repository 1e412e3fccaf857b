#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <utility>

#include "netstack/base/time.h"

namespace tcpcopy {

/// Lines for a log that strangers can cause: a few at once, then one a second. How many were left
/// out stands in the next one.
class LineLimiter {
 public:
  using Log = std::function<void(const std::string&)>;

  static constexpr int kAtOnce = 20;

  explicit LineLimiter(Log log) : log_(std::move(log)) {}

  void Write(const std::string& line, Instant now);

 private:
  const Log log_;
  int left_ = kAtOnce;
  Instant counted_{};  // until when `left_` has grown
  std::uint64_t left_out_ = 0;
};

}  // namespace tcpcopy
