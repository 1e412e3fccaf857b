#pragma once

#include <cstdio>
#include <string_view>

#include "src/app/log/line_target.h"
#include "src/app/log/log_options.h"

namespace tcpcopy {

/// Makes the standard streams harmless, to be called before anything is opened: one that is closed
/// becomes /dev/null, or else a socket would get its number and be written to; one that nobody
/// reads any longer, or a file that has grown too long, is an error and no signal.
void PrepareStandardStreams();

/// Writes `text` at once. False when that failed: a full disk or a closed terminal is no reason to
/// stop copying.
bool Write(std::FILE* out, std::string_view text);

/// Says which of our programs this is. Without it: tcpcopy.
void NameProgram(std::string_view name);

/// How the log is to look from now on. Without it: text, down to `info`.
void SetLogOptions(const LogOptions& options);
/// Lines of the log, and results, go to `target`, which is not owned, and bear the time; nullptr:
/// to the standard streams again.
void SetLogTarget(LineTarget* target);

/// A line of the log, with the program's name in front, for the user who wants to know. Without
/// another target it goes to standard error. It never waits and never fails; see LineSink.
void Log(std::string_view line);
/// Something failed for good: the exit code tells it, too.
void LogError(std::string_view line);
/// Something is not as it should be, and the program goes on.
void LogWarning(std::string_view line);
/// For who looks for the cause of something. Where the line costs something to make, ask
/// `LogsDebug` first.
void LogDebug(std::string_view line, std::string_view fields = {});
bool LogsDebug();
/// As `Log`; `fields` is the text of a JSON object, which stands in the line when programs read it.
void LogFigures(std::string_view line, std::string_view fields);

/// When a result is printed.
enum class Moment {
  kMeanwhile,  // what does not take it at once goes without: copying goes on
  kAtTheEnd,   // whoever reads it slowly is waited for
};

/// What the program was run for: `table` for people, or `title` and `fields` (as above) for
/// programs. To standard output, or where the log goes. False when it could not be written.
bool PrintResult(Moment moment, std::string_view table, std::string_view title,
                 std::string_view fields);

}  // namespace tcpcopy
