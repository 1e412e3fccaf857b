#pragma once

#include <cstdint>

namespace tcpcopy::testing {

// A program that depends on this has an `operator new` that counts.

/// Calls of it so far, in all threads.
std::uint64_t Allocations();

/// From now on only those count during which `*condition` is true; all again with nullptr.
/// `condition` is not owned; it must outlive its use.
void CountAllocationsOnlyWhile(const bool* condition);

}  // namespace tcpcopy::testing
