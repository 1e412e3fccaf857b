#pragma once

#include "src/diagnosis/probe_case.h"

namespace tcpcopy {

/// Follows the answer to a probe that has arrived: it is made, comes back here, and gets nowhere
/// else. False when it comes no further.
bool FollowBack(ProbeCase& c);

}  // namespace tcpcopy
