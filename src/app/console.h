#pragma once

#include <cstdio>
#include <string_view>

namespace tcpcopy {

/// Makes the standard streams harmless, to be called before anything is opened: one that is closed
/// becomes /dev/null, or else a socket would get its number and be written to; one that nobody
/// reads any longer is an error and no signal.
void PrepareStandardStreams();

/// Writes `text` at once. False when that failed: a full disk or a closed terminal is no reason to
/// stop copying.
bool Write(std::FILE* out, std::string_view text);

/// Says which of our programs this is; `name` must live as long as the process does. Without it:
/// tcpcopy.
void NameProgram(std::string_view name);

/// Lines of the log bear the time, UTC, from now on: nobody sees any longer when they come.
void StampLog();

/// A line to standard error, with the program's name in front.
void Log(std::string_view line);

}  // namespace tcpcopy
