#include "src/io/io_error.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstring>

namespace tcpcopy {

IoError SystemError(std::string_view what, int error) {
  return {fmt::format("{}: {}", what, std::strerror(error)), error == EADDRINUSE || error == EBUSY};
}

IoError MissingCapability(std::string_view what, std::string_view capability) {
  return {
      fmt::format("{}: {} is missing; run with sudo, or grant it once with "
                  "`sudo setcap cap_net_raw,cap_net_admin+ep <binary>`",
                  what, capability)};
}

IoError PrivilegedError(std::string_view what, int error, std::string_view capability) {
  const bool refused = error == EPERM || error == EACCES;
  return refused ? MissingCapability(what, capability) : SystemError(what, error);
}

}  // namespace tcpcopy
