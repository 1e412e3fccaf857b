#pragma once

#include <spdlog/formatter.h>

#include <memory>
#include <string>
#include <string_view>

#include "src/app/log/log_level.h"

namespace tcpcopy {

/// What a line bears besides its message.
struct LineDress {
  std::string program;
  LogFormat format = LogFormat::kText;
  bool stamped = false;      // text: the time, UTC, and the level unless it is `info`
  bool prioritized = false;  // begins with "<4>" and the like, which the journal takes off
};

/// Makes lines of the log of spdlog's messages. What comes from outside cannot break a line in two:
/// control characters become blanks and question marks.
class LineFormatter final : public spdlog::formatter {
 public:
  /// Stands in a message between its text and its fields, the text of a JSON object; see `Join`.
  static constexpr char kFields = '\0';

  explicit LineFormatter(LineDress dress) : dress_(std::move(dress)) {}

  /// A message of `text`, and of what `fields` (a JSON object, or nothing) adds to it for programs.
  static std::string Join(std::string_view text, std::string_view fields);

  void format(const spdlog::details::log_msg& message, spdlog::memory_buf_t& line) override;
  std::unique_ptr<spdlog::formatter> clone() const override;

 private:
  void FormatText(const spdlog::details::log_msg& message, std::string_view text,
                  spdlog::memory_buf_t& line) const;
  void FormatJson(const spdlog::details::log_msg& message, std::string_view text,
                  std::string_view fields, spdlog::memory_buf_t& line) const;

  const LineDress dress_;
};

}  // namespace tcpcopy
