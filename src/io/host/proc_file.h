#pragma once

#include <string>

namespace tcpcopy {

/// All of a file of /proc, which tells no size beforehand; empty when it cannot be read.
std::string ReadProcFile(const char* path);

}  // namespace tcpcopy
