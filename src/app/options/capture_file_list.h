#pragma once

#include <string>
#include <vector>

#include "netstack/base/result.h"

namespace tcpcopy {

/// Tells files and interfaces apart in the value of -i: whatever exists as a file, or looks like a
/// path or a capture file's name, is a file; of several, comma separated, all must be. The error
/// is a phrase about the value that mixes them.
Result<bool, std::string> NamesCaptureFiles(const std::string& text);

/// The capture files of a comma-separated list, each a path or "-" for standard input. One that
/// exists by the whole name is one file, commas or not. The error is a phrase about what is wrong:
/// one that is not there, a directory, one that is named twice (by other ways to the same file,
/// too), too many.
Result<std::vector<std::string>, std::string> ParseCaptureFiles(const std::string& list);

/// The first of `files` that can be read once only, because it is no regular file; empty when there
/// is none.
std::string ReadOnceOnly(const std::vector<std::string>& files);

}  // namespace tcpcopy
