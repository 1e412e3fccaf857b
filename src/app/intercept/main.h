#pragma once

namespace tcpcopy {

/// The program `intercept`; returns its exit code: 0, 1 when something failed, 2 when an option is
/// wrong.
int InterceptMain(int argc, const char* const* argv);

}  // namespace tcpcopy
