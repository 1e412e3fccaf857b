#include "src/io/host/usable_cpus.h"

#include <sched.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>

#include "tests/temporary_directory.h"

namespace tcpcopy {
namespace {

struct Hierarchy {
  void Write(const std::string& file, const std::string& text) {
    const std::filesystem::path path = mount + file;
    std::filesystem::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  std::optional<double> Quota(const std::string& membership) const {
    return CpuQuota(membership, mount);
  }
  testing::TemporaryDirectory folder;
  const std::string mount = folder.path();
};

BOOST_FIXTURE_TEST_SUITE(UsableCpusTest, Hierarchy)

BOOST_AUTO_TEST_CASE(WithoutAQuotaThereIsNone) {
  BOOST_TEST(!Quota("").has_value());
  BOOST_TEST(!Quota("0::/\n").has_value());
  Write("/cpu.max", "max 100000\n");
  BOOST_TEST(!Quota("0::/\n").has_value());
  Write("/cpu/cpu.cfs_quota_us", "-1\n");
  Write("/cpu/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(!Quota("1:cpu:/\n0::/\n").has_value());
}

BOOST_AUTO_TEST_CASE(AContainersOwnGroup) {
  Write("/cpu.max", "150000 100000\n");
  BOOST_TEST(Quota("0::/\n").value() == 1.5);
}

BOOST_AUTO_TEST_CASE(TheLeastOfAllGroupsAround) {
  Write("/a.slice/cpu.max", "400000 100000\n");
  Write("/a.slice/b.service/cpu.max", "max 100000\n");
  BOOST_TEST(Quota("0::/a.slice/b.service\n").value() == 4.0);
  Write("/a.slice/b.service/cpu.max", "200000 100000\n");
  BOOST_TEST(Quota("0::/a.slice/b.service\n").value() == 2.0);
  BOOST_TEST(!Quota("0::/a.slicer\n").has_value());
}

BOOST_AUTO_TEST_CASE(TheFirstVersionOfControlGroups) {
  Write("/cpu,cpuacct/cpu.cfs_quota_us", "300000\n");
  Write("/cpu,cpuacct/cpu.cfs_period_us", "100000\n");
  BOOST_TEST(Quota("9:cpuset:/\n4:cpu,cpuacct:/docker/0123\n0::/\n").value() == 3.0);
}

BOOST_AUTO_TEST_CASE(WhatMakesNoSenseIsNoQuota) {
  for (const char* const text : {"", "0 100000", "100000", "100000 0", "-5 10", "x y"}) {
    Write("/cpu.max", text);
    BOOST_TEST(!Quota("0::/\n").has_value(), text);
  }
  Write("/cpu.max", "200000 100000\n");
  for (const char* const membership : {"0", "0:", "::", "\n\n", "x:y"}) {
    BOOST_TEST(!Quota(membership).has_value(), membership);
  }
}

BOOST_AUTO_TEST_CASE(NeverMoreThanThisThreadMayRunOn) {
  cpu_set_t all, first;
  BOOST_REQUIRE(::sched_getaffinity(0, sizeof all, &all) == 0);
  CPU_ZERO(&first);
  for (int cpu = 0; CPU_COUNT(&first) == 0; ++cpu) {
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, &first);
  }
  BOOST_TEST(UsableCpus() >= 1U);
  BOOST_TEST(UsableCpus() <= static_cast<unsigned>(CPU_COUNT(&all)));
  BOOST_REQUIRE(::sched_setaffinity(0, sizeof first, &first) == 0);
  BOOST_TEST(UsableCpus() == 1U);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
