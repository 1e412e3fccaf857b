#pragma once

#include <cstdint>
#include <vector>

#include "netstack/wire/endpoint.h"
#include "src/io/unique_fd.h"

namespace tcpcopy::testing {

/// An IP packet with a SYN without options, made by hand: the tests of sending must not trust the
/// code that builds packets.
std::vector<std::uint8_t> MakeSyn(const Endpoint& from, const Endpoint& to, std::uint32_t seq);

/// A listening TCP socket of the kernel, on any free port of `address`.
struct Listener {
  explicit Listener(const char* address);
  UniqueFd fd;
  Endpoint endpoint;
};

}  // namespace tcpcopy::testing
