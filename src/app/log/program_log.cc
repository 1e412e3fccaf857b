#include "src/app/log/program_log.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

#include "src/runtime/clock.h"

namespace tcpcopy {
namespace {

spdlog::level::level_enum Level(LogLevel level) {
  switch (level) {
    case LogLevel::kError:
      return spdlog::level::err;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kDebug:
      return spdlog::level::debug;
    default:
      return spdlog::level::info;
  }
}

spdlog::log_clock::time_point Now() {
  return spdlog::log_clock::time_point(
      std::chrono::duration_cast<spdlog::log_clock::duration>(TimeOfDay()));
}

/// Whether standard error is systemd's journal: it names the socket by device and inode.
bool IsJournal() {
  const char* const named = std::getenv("JOURNAL_STREAM");
  struct stat info {};
  if (named == nullptr || ::fstat(STDERR_FILENO, &info) != 0) return false;
  return fmt::format("{}:{}", info.st_dev, info.st_ino) == named;
}

}  // namespace

ProgramLog::ProgramLog()
    : standard_error_(STDERR_FILENO),
      sink_(std::make_shared<LineSink>(standard_error_)),
      logger_("log", sink_) {
  // Nothing below throws but for want of memory; a line is no reason to stop.
  logger_.set_error_handler([](const std::string&) {});
  set_options({});
}

void ProgramLog::set_program(std::string_view program) {
  program_ = program;
  Dress();
}

void ProgramLog::set_options(const LogOptions& options) {
  options_ = options;
  logger_.set_level(Level(options.level));
  Dress();
}

void ProgramLog::set_target(LineTarget* target) {
  elsewhere_ = target != nullptr;
  sink_->set_target(elsewhere_ ? *target : standard_error_);
  Dress();
}

void ProgramLog::Dress() {
  sink_->set_formatter(std::make_unique<LineFormatter>(LineDress{
      .program = program_,
      .format = options_.format,
      .stamped = elsewhere_,
      .prioritized = !elsewhere_ && IsJournal(),
  }));
}

bool ProgramLog::Takes(LogLevel level) const { return logger_.should_log(Level(level)); }

void ProgramLog::Line(LogLevel level, std::string_view text, std::string_view fields) {
  if (Takes(level)) logger_.log(Now(), {}, Level(level), LineFormatter::Join(text, fields));
}

bool ProgramLog::takes_results() const { return elsewhere_ || options_.format == LogFormat::kJson; }

bool ProgramLog::Print(std::string_view table, std::string_view text, std::string_view fields) {
  if (options_.format == LogFormat::kJson) {
    const std::string message = LineFormatter::Join(text, fields);
    sink_->log({Now(), {}, {}, spdlog::level::info, message});
  } else {
    sink_->AppendRaw(Now(), table);
  }
  return sink_->lost() == 0;
}

}  // namespace tcpcopy
