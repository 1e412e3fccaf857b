#pragma once

#include <cstdint>

namespace tcpcopy {

/// Another one with each call.
std::uint64_t RandomSecret();

/// The same for all processes until the host boots again, and not known outside of it: what is
/// made of it, such as sequence numbers, goes on from one run to the next. A random one where the
/// kernel does not tell boots apart.
std::uint64_t SecretOfThisBoot();

}  // namespace tcpcopy
