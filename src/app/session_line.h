#pragma once

#include <string>

#include "src/replay/session_end.h"

namespace tcpcopy {

/// What became of a session, in one line without an end.
std::string SessionLine(const SessionEnd& end);

/// The same for programs: a JSON object on one line.
std::string SessionFields(const SessionEnd& end);

}  // namespace tcpcopy
