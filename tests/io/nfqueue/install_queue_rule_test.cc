#include "src/io/nfqueue/install_queue_rule.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdio>

#include "src/io/host/run_program.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

BOOST_AUTO_TEST_CASE(OneOfTheWaysIsTakenAndNamed) {
  const auto rule = InstallQueueRule(7).value();
  BOOST_TEST(rule->SetTargets({{IpAddress::V4(0x0a000002), 80}}).has_value());
  const std::string place = rule->Description();
  const std::string name = "tcpcopy_" + std::to_string(::getpid()) + "_queue7";
  BOOST_TEST((place == "nftables table " + name || place == "iptables chain " + name), place);
  // iptables' chains are nftables' to the kernel.
  const std::string ruleset = RunProgram({"nft", "list", "ruleset"}, "").value().output;
  BOOST_TEST(ruleset.find(name) != std::string::npos, ruleset);
}

BOOST_AUTO_TEST_CASE(WithoutThePrivilegeTheErrorNamesIt) {
  const pid_t child = ::fork();
  if (child == 0) {
    const bool moved = ::unshare(CLONE_NEWUSER) == 0;
    const auto rule = InstallQueueRule(7);
    const bool named = !rule && rule.error().message.find("ermi") != std::string::npos;
    if (!named && !rule) std::puts(rule.error().message.c_str());
    std::fflush(stdout);
    ::_exit(moved && named ? 0 : 1);
  }
  int status = -1;
  BOOST_TEST(::waitpid(child, &status, 0) == child);
  BOOST_TEST(status == 0);
}

}  // namespace
}  // namespace tcpcopy
