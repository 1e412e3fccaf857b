#include "src/app/console.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include "src/app/log/program_log.h"
#include "src/app/log/stream_target.h"

namespace tcpcopy {
namespace {

/// Never destroyed: whatever ends last may have something to say.
ProgramLog& TheLog() {
  static auto* const log = new ProgramLog;
  return *log;
}

}  // namespace

void PrepareStandardStreams() {
  ::signal(SIGPIPE, SIG_IGN);
  ::signal(SIGXFSZ, SIG_IGN);
  // The lowest free number is given out first.
  int fd = 0;
  while (fd >= 0 && fd <= STDERR_FILENO) fd = ::open("/dev/null", O_RDWR);
  if (fd >= 0) ::close(fd);
}

bool Write(std::FILE* out, std::string_view text) {
  // fmt::print would throw.
  const bool written = std::fwrite(text.data(), 1, text.size(), out) == text.size();
  return std::fflush(out) == 0 && written;
}

void NameProgram(std::string_view name) { TheLog().set_program(name); }

void SetLogOptions(const LogOptions& options) { TheLog().set_options(options); }

void SetLogTarget(LineTarget* target) { TheLog().set_target(target); }

void Log(std::string_view line) { TheLog().Line(LogLevel::kInfo, line); }

void LogError(std::string_view line) { TheLog().Line(LogLevel::kError, line); }

void LogWarning(std::string_view line) { TheLog().Line(LogLevel::kWarning, line); }

void LogDebug(std::string_view line, std::string_view fields) {
  TheLog().Line(LogLevel::kDebug, line, fields);
}

bool LogsDebug() { return TheLog().Takes(LogLevel::kDebug); }

void LogFigures(std::string_view line, std::string_view fields) {
  TheLog().Line(LogLevel::kInfo, line, fields);
}

bool PrintResult(Moment moment, std::string_view table, std::string_view title,
                 std::string_view fields) {
  ProgramLog& log = TheLog();
  if (log.takes_results()) return log.Print(table, title, fields);
  if (moment == Moment::kAtTheEnd) return Write(stdout, table);
  return StreamTarget(STDOUT_FILENO).Append(table) == 0;
}

}  // namespace tcpcopy
