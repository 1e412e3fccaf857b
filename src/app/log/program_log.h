#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <string>
#include <string_view>

#include "src/app/log/line_formatter.h"
#include "src/app/log/line_sink.h"
#include "src/app/log/log_options.h"
#include "src/app/log/stream_target.h"

namespace tcpcopy {

/// The log of a program: lines with levels, to standard error or to another target. Any thread may
/// write lines; how they look and where they go is changed by one thread.
class ProgramLog {
 public:
  ProgramLog();
  ProgramLog(const ProgramLog&) = delete;
  ProgramLog& operator=(const ProgramLog&) = delete;

  void set_program(std::string_view program);
  void set_options(const LogOptions& options);
  /// Lines go to `target`, not owned, from now on, and bear the time: nobody sees any longer when
  /// they come. nullptr: to standard error again.
  void set_target(LineTarget* target);

  /// Whether lines of this level are written.
  bool Takes(LogLevel level) const;
  /// `fields`, the text of a JSON object or nothing, adds figures for programs.
  void Line(LogLevel level, std::string_view text, std::string_view fields = {});

  /// Whether results, what the program was run for, belong into the log: where nobody, or no
  /// person, sees what is printed.
  bool takes_results() const;
  /// A result, whatever the level: `table` for people, lines with their ends; for programs a line
  /// with `text` and `fields`. False when it could not be written.
  bool Print(std::string_view table, std::string_view text, std::string_view fields);

 private:
  void Dress();

  std::string program_ = "tcpcopy";
  LogOptions options_;
  StreamTarget standard_error_;
  bool elsewhere_ = false;  // lines do not go to standard error
  const std::shared_ptr<LineSink> sink_;
  spdlog::logger logger_;
};

}  // namespace tcpcopy
