#pragma once

namespace tcpcopy {

/// The program `tcpcopy`; returns its exit code: 0, 1 when something failed, 2 when an option is
/// wrong.
int Main(int argc, const char* const* argv);

}  // namespace tcpcopy
