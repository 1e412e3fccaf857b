#include "src/io/nfqueue/iptables_queue_rule.h"

#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <string>

#include "src/io/host/run_program.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using testing::Shell;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

using Chains = std::vector<std::string>;

const std::vector<Endpoint> kTargets = {{IpAddress::V4(0x0a000002), 80},
                                        {*IpAddress::Parse("2001:db8::2"), 8080},
                                        {IpAddress::V4(0), 443}};

/// The rules of both families, without chains that hold nothing and counters.
std::string Rules() {
  std::string rules;
  for (const char* const program : {"iptables-save", "ip6tables-save"}) {
    const std::string text = RunProgram({program, "-t", "mangle"}, "").value().output;
    for (std::size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
      const std::string line = text.substr(at, text.find('\n', at) - at);
      if (line.starts_with("-A ") || line.find("tcpcopy") != std::string::npos) {
        rules += line + "\n";
      }
    }
  }
  return rules;
}

BOOST_AUTO_TEST_CASE(EachFamilyGetsItsOwnTargets) {
  BOOST_TEST(IptablesQueueRule::RestoreText("c", true, 7, IpFamily::kV4, kTargets) ==
             "*mangle\n"
             ":c - [0:0]\n"
             "-I PREROUTING ! -i lo -j c\n"
             "-I OUTPUT ! -o lo -j c\n"
             "-A c -p tcp -s 10.0.0.2 --sport 80 -j NFQUEUE --queue-num 7 --queue-bypass\n"
             "-A c -p tcp --sport 443 -j NFQUEUE --queue-num 7 --queue-bypass\n"
             "COMMIT\n");
  BOOST_TEST(IptablesQueueRule::RestoreText("c", false, 7, IpFamily::kV6, kTargets) ==
             "*mangle\n"
             ":c - [0:0]\n"
             "-A c -p tcp -s 2001:db8::2 --sport 8080 -j NFQUEUE --queue-num 7 --queue-bypass\n"
             "-A c -p tcp --sport 443 -j NFQUEUE --queue-num 7 --queue-bypass\n"
             "COMMIT\n");
}

BOOST_AUTO_TEST_CASE(ChainsOfTheDeadAndForOurQueueAreLeftOver) {
  const char* const listing =
      "*mangle\n"
      ":OUTPUT ACCEPT [0:0]\n"
      ":tcpcopy_7_queue1 - [0:0]\n"
      ":tcpcopy_8_queue1 - [0:0]\n"
      ":tcpcopy_8_queue2 - [0:0]\n"
      ":tcpcopy_9x_queue1 - [0:0]\n"
      ":tcpcopy_9_queue1x - [0:0]\n"
      ":tcpcopy_9 - [0:0]\n"
      ":other_9_queue1 - [0:0]\n"
      "-A OUTPUT -j tcpcopy_7_queue1\n";
  const auto chains =
      IptablesQueueRule::LeftOverChains(listing, 2, [](int pid) { return pid == 8; });
  BOOST_TEST((chains == Chains{"tcpcopy_7_queue1", "tcpcopy_8_queue2"}));
}

BOOST_AUTO_TEST_CASE(AChainIsRemovedWithWhatLeadsThere) {
  const char* const listing =
      "*mangle\n"
      ":OUTPUT ACCEPT [0:0]\n"
      ":tcpcopy_7_queue - [0:0]\n"
      "-A PREROUTING ! -i lo -j tcpcopy_7_queue\n"
      "-A OUTPUT ! -o lo -j tcpcopy_7_queue\n"
      "-A OUTPUT -j tcpcopy_77_queue\n"
      "-A tcpcopy_7_queue -p tcp -m tcp --sport 80 -j NFQUEUE --queue-num 7 --queue-bypass\n"
      "COMMIT\n";
  BOOST_TEST(IptablesQueueRule::RemoveText(listing, "tcpcopy_7_queue") ==
             "*mangle\n"
             "-D PREROUTING ! -i lo -j tcpcopy_7_queue\n"
             "-D OUTPUT ! -o lo -j tcpcopy_7_queue\n"
             "-F tcpcopy_7_queue\n"
             "-X tcpcopy_7_queue\n"
             "COMMIT\n");
  BOOST_TEST(IptablesQueueRule::RemoveText(listing, "tcpcopy_8_queue") == "");
}

BOOST_AUTO_TEST_CASE(TheKernelHoldsWhatIsSaidAndNothingAfterwards) {
  Shell("iptables -t mangle -A OUTPUT -p tcp --dport 9 -j ACCEPT");
  const std::string before = Rules();
  {
    const auto rule = IptablesQueueRule::Install(7).value();
    BOOST_TEST(rule->SetTargets(kTargets).has_value());
    const std::string with = Rules();
    for (const char* const part :
         {"-s 10.0.0.2/32 -p tcp -m tcp --sport 80 -j NFQUEUE --queue-num 7 --queue-bypass",
          "-s 2001:db8::2/128 -p tcp -m tcp --sport 8080 -j NFQUEUE --queue-num 7"}) {
      BOOST_TEST(with.find(part) != std::string::npos, with);
    }
    BOOST_TEST(rule->SetTargets({kTargets[0]}).has_value());
    BOOST_TEST(Rules().find("8080") == std::string::npos);
    BOOST_TEST(rule->SetTargets({kTargets[0]}).has_value());
    BOOST_TEST(Rules().find("--sport 80 ") != std::string::npos);
  }
  BOOST_TEST(Rules() == before);
}

BOOST_AUTO_TEST_CASE(ARuleThatSomebodyRemovedIsSetAgain) {
  auto rule = IptablesQueueRule::Install(7).value();
  BOOST_TEST(rule->SetTargets(kTargets).has_value());
  BOOST_TEST(!rule->Repair());
  Shell("iptables -t mangle -F");  // a firewall that is loaded anew
  BOOST_TEST(rule->Repair());
  BOOST_TEST(Rules().find("-s 10.0.0.2/32 -p tcp -m tcp --sport 80") != std::string::npos);
  Shell("nft flush ruleset");
  BOOST_TEST(rule->Repair());
  for (const char* const port : {"--sport 80 ", "--sport 8080 ", "--sport 443 "}) {
    BOOST_TEST(Rules().find(port) != std::string::npos, port);
  }
  BOOST_TEST(!rule->Repair());
  rule.reset();
  BOOST_TEST(Rules().find("tcpcopy") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(WhatAKilledOneLeftIsRemovedByTheNext) {
  const std::string before = Rules();
  const pid_t child = ::fork();
  if (child == 0) {
    auto rule = IptablesQueueRule::Install(7);
    const bool done = rule && (*rule)->SetTargets(kTargets);
    ::_exit(done ? 0 : 1);  // nothing is cleaned up
  }
  int status = -1;
  ::waitpid(child, &status, 0);
  BOOST_TEST(status == 0);
  BOOST_TEST(Rules().find("tcpcopy_" + std::to_string(child) + "_queue7 ") != std::string::npos);
  IptablesQueueRule::Install(7).value().reset();
  BOOST_TEST(Rules() == before);
}

}  // namespace
}  // namespace tcpcopy
