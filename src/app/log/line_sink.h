#pragma once

#include <spdlog/sinks/base_sink.h>

#include <cstdint>
#include <mutex>
#include <string_view>

#include "src/app/log/line_target.h"

namespace tcpcopy {

/// Hands spdlog's messages, as lines, to a target. Lines that it does not take are counted, and
/// told of in the log as soon as it takes lines again. For any number of threads.
class LineSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  /// `target` is not owned.
  explicit LineSink(LineTarget& target) : target_(&target) {}

  void set_target(LineTarget& target);

  /// Appends `text`, lines that stand for themselves, as it is.
  void AppendRaw(spdlog::log_clock::time_point now, std::string_view text);

  /// Lines lost that the log does not yet tell of.
  std::uint64_t lost();

 private:
  void sink_it_(const spdlog::details::log_msg& message) override;
  void flush_() override {}

  bool TellOfLost(spdlog::log_clock::time_point now);
  void Append(std::string_view line);

  LineTarget* target_;
  std::uint64_t lost_ = 0;
  int why_ = 0;          // an error number, of the first one
  bool outage_ = false;  // since a line was lost, none but notices of that was taken
};

}  // namespace tcpcopy
