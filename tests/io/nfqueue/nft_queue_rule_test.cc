#include "src/io/nfqueue/nft_queue_rule.h"

#include <boost/test/unit_test.hpp>
#include <string>

#include "src/io/host/run_program.h"
#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

const std::vector<Endpoint> kTargets = {{IpAddress::V4(0x0a000002), 80},
                                        {*IpAddress::Parse("2001:db8::2"), 8080},
                                        {IpAddress::V4(0), 443}};

BOOST_AUTO_TEST_CASE(TheTableIsOwnedAndTriesTheStatement) {
  BOOST_TEST(NftQueueRule::TableText("t", 7) ==
             "create table inet t { flags owner; }\n"
             "add chain inet t arriving { type filter hook prerouting priority mangle; policy "
             "accept; }\n"
             "add chain inet t leaving { type filter hook output priority mangle; policy accept; "
             "}\n"
             "add rule inet t leaving tcp sport 0 queue num 7 bypass\n");
}

BOOST_AUTO_TEST_CASE(RulesReplaceTheOnesBefore) {
  BOOST_TEST(NftQueueRule::RulesText("t", 7, kTargets) ==
             "flush chain inet t arriving\n"
             "add rule inet t arriving iifname != \"lo\" ip saddr 10.0.0.2 tcp sport 80 counter "
             "queue num 7 bypass\n"
             "add rule inet t arriving iifname != \"lo\" ip6 saddr 2001:db8::2 tcp sport 8080 "
             "counter queue num 7 bypass\n"
             "add rule inet t arriving iifname != \"lo\" tcp sport 443 counter queue num 7 bypass\n"
             "flush chain inet t leaving\n"
             "add rule inet t leaving oifname != \"lo\" ip saddr 10.0.0.2 tcp sport 80 counter "
             "queue num 7 bypass\n"
             "add rule inet t leaving oifname != \"lo\" ip6 saddr 2001:db8::2 tcp sport 8080 "
             "counter queue num 7 bypass\n"
             "add rule inet t leaving oifname != \"lo\" tcp sport 443 counter queue num 7 "
             "bypass\n");
}

/// Kernels without the statement refuse the table as a whole; with it, all of this must hold.
BOOST_AUTO_TEST_CASE(TheKernelTakesItOrLeavesNothing) {
  const auto tables = [] { return RunProgram({"nft", "list", "ruleset"}, "").value().output; };
  auto rule = NftQueueRule::Install(7);
  if (!rule) {
    BOOST_TEST(rule.error().message.starts_with("cannot set the rule that queues replies: "));
    BOOST_TEST(tables() == "");
    return;
  }
  BOOST_TEST((*rule)->SetTargets(kTargets).has_value());
  BOOST_TEST(tables().find("ip saddr 10.0.0.2 tcp sport 80") != std::string::npos);
  BOOST_TEST((*rule)->SetTargets({}).has_value());
  BOOST_TEST(tables().find("10.0.0.2") == std::string::npos);
  rule->reset();
  BOOST_TEST(tables() == "");
}

}  // namespace
}  // namespace tcpcopy
