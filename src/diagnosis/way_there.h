#pragma once

#include "src/diagnosis/probe_case.h"

namespace tcpcopy {

/// Follows a probe to the target: it leaves this host, and its target takes it. False when it comes
/// no further.
bool FollowThere(ProbeCase& c);

}  // namespace tcpcopy
