#pragma once

#include <string>

namespace tcpcopy {

/// Whether `interface` hands up several TCP segments as one packet (generic receive offload), so
/// that captures see packets far beyond the MTU. False when it does not tell.
bool MergesSegments(const std::string& interface);

}  // namespace tcpcopy
