#pragma once

#include <string>
#include <string_view>

namespace tcpcopy {

/// What the kernel would not give us; `message` is one line for the user that says what to do.
struct IoError {
  std::string message;
  bool busy = false;  // another program has it; see WhenFree
};

/// "`what`: the kernel's reason", for an errno value.
IoError SystemError(std::string_view what, int error);

/// "`what`: `capability` is missing" and how to come by it. `capability` is the kernel's name of
/// it, such as CAP_NET_RAW.
IoError MissingCapability(std::string_view what, std::string_view capability);

/// One of the two above, whichever fits `error`.
IoError PrivilegedError(std::string_view what, int error, std::string_view capability);

}  // namespace tcpcopy
