#pragma once

#include "src/app/options/options.h"
#include "src/replay/replay_policy.h"

namespace tcpcopy {

/// How the user wants sessions to be replayed; all but what memory allows (MemoryPlan) and what the
/// way to the target takes (Outlet).
ReplayPolicy PolicyOf(const Options& options);

}  // namespace tcpcopy
