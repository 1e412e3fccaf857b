#include "src/io/host/usable_cpus.h"

#include <sched.h>
#include <sys/sysinfo.h>

#include <algorithm>
#include <sstream>

#include "src/io/host/proc_file.h"

namespace tcpcopy {
namespace {

using Quota = std::optional<double>;

Quota Least(Quota a, Quota b) { return a && b ? std::min(a, b) : (a ? a : b); }

/// Microseconds of CPU in each period of so many: "max 100000" and -1 are no quota.
Quota ReadQuota(const std::string& text) {
  std::istringstream words(text);
  double quota = 0, period = 0;
  if (!(words >> quota >> period) || quota <= 0 || period <= 0) return {};
  return quota / period;
}

/// Of the group at `path` of the hierarchy and of all around it. What is not there, because the
/// hierarchy is that of a container and the path is the host's, has no quota.
template <typename ReadGroup>
Quota OfGroupsUpFrom(std::string path, const ReadGroup& read_group) {
  Quota least;
  while (true) {
    while (path.ends_with('/')) path.pop_back();
    least = Least(least, read_group(path));
    if (path.empty()) return least;
    path.resize(path.rfind('/') == std::string::npos ? 0 : path.rfind('/'));
  }
}

bool HasCpu(const std::string& controllers) {
  return ("," + controllers + ",").find(",cpu,") != std::string::npos;
}

/// All CPUs where there are more than a set has room for.
unsigned CpusOfAffinity() {
  cpu_set_t set;
  const int count =
      ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : ::get_nprocs();
  return static_cast<unsigned>(std::max(1, count));
}

}  // namespace

Quota CpuQuota(const std::string& membership, const std::string& mount) {
  Quota least;
  std::istringstream lines(membership);
  std::string number, controllers, path;
  while (std::getline(std::getline(std::getline(lines, number, ':'), controllers, ':'), path)) {
    const auto read = [](const std::string& file) { return ReadProcFile(file.c_str()); };
    if (controllers.empty()) {
      least = Least(least, OfGroupsUpFrom(path, [&](const std::string& group) {
                      return ReadQuota(read(mount + group + "/cpu.max"));
                    }));
    } else if (HasCpu(controllers)) {
      const std::string folder = mount + "/" + controllers;
      least = Least(least, OfGroupsUpFrom(path, [&](const std::string& group) {
                      return ReadQuota(read(folder + group + "/cpu.cfs_quota_us") + " " +
                                       read(folder + group + "/cpu.cfs_period_us"));
                    }));
    }
  }
  return least;
}

unsigned UsableCpus() {
  const unsigned cpus = CpusOfAffinity();
  const Quota quota = CpuQuota(ReadProcFile("/proc/self/cgroup"), "/sys/fs/cgroup");
  if (!quota || *quota >= cpus) return cpus;
  return std::max(1U, static_cast<unsigned>(*quota));
}

}  // namespace tcpcopy
