#pragma once

#include <optional>
#include <string>

namespace tcpcopy {

/// How many CPUs this process can keep busy: those that it may run on, or fewer where its control
/// group has a quota, as containers do. At least 1.
unsigned UsableCpus();

/// CPUs that control groups allow: the least quota of those that `membership` (in the form of
/// /proc/self/cgroup) names, and of the groups around them, in the hierarchy that is mounted at
/// `mount` (cgroup v2, or v1 with its controllers in folders). nullopt where there is no quota.
std::optional<double> CpuQuota(const std::string& membership, const std::string& mount);

}  // namespace tcpcopy
