#include "src/app/log/line_sink.h"

#include <fmt/format.h>

#include <system_error>
#include <utility>

namespace tcpcopy {

void LineSink::set_target(LineTarget& target) {
  const std::lock_guard lock(mutex_);
  target_ = &target;
}

std::uint64_t LineSink::lost() {
  const std::lock_guard lock(mutex_);
  return lost_;
}

void LineSink::AppendRaw(spdlog::log_clock::time_point now, std::string_view text) {
  const std::lock_guard lock(mutex_);
  if (TellOfLost(now)) Append(text);
}

void LineSink::sink_it_(const spdlog::details::log_msg& message) {
  if (!TellOfLost(message.time)) return;
  spdlog::memory_buf_t line;
  formatter_->format(message, line);
  Append({line.data(), line.size()});
}

/// False when there is still no room; the line that was to come is lost as well.
bool LineSink::TellOfLost(spdlog::log_clock::time_point now) {
  if (lost_ == 0) return true;
  const std::string text =
      fmt::format("{} {} of the log {} lost: {}", lost_, lost_ == 1 ? "line" : "lines",
                  lost_ == 1 ? "was" : "were", std::generic_category().message(why_));
  spdlog::memory_buf_t line;
  formatter_->format({now, {}, {}, spdlog::level::warn, text}, line);
  if (target_->Append({line.data(), line.size()}) != 0) {
    ++lost_;
    return false;
  }
  lost_ = 0;
  return true;
}

void LineSink::Append(std::string_view line) {
  const int error = target_->Append(line);
  if (error == 0) {
    outage_ = false;
    return;
  }
  if (++lost_ == 1) why_ = error;
  if (!std::exchange(outage_, true)) target_->OnOutage(error);
}

}  // namespace tcpcopy
