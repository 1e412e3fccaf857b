#pragma once

#include <cstdint>
#include <utility>

#include "netstack/base/result.h"
#include "src/io/io_error.h"
#include "src/io/unique_fd.h"

namespace tcpcopy {

/// As long as it lives, an interface hands up frames that are for other hosts, too, and captures
/// see them. The kernel ends it with the process. Needs CAP_NET_RAW.
class PromiscuousMode {
 public:
  static Result<PromiscuousMode, IoError> Of(std::uint32_t interface_index);

 private:
  explicit PromiscuousMode(UniqueFd socket) : socket_(std::move(socket)) {}

  UniqueFd socket_;  // receives nothing
};

}  // namespace tcpcopy
