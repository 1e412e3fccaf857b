#include "src/app/policy_of.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::Arguments;
using testing::Good;
using testing::WithMap;

using Takes = bool (*)(const ReplayPolicy&);

BOOST_AUTO_TEST_CASE(EachOptionGetsToWhereItWorksAndIsNotWhatItWasWithout) {
  struct Row {
    Arguments arguments;
    Takes takes;
  };
  const Row table[] = {
      {{"-M", "576"}, [](const ReplayPolicy& p) { return p.tcp.mtu == 576; }},
      {{"-D", "536"}, [](const ReplayPolicy& p) { return p.tcp.max_mss == 536; }},
      {{"-R", "200"}, [](const ReplayPolicy& p) { return p.tcp.initial_rto == 200ms; }},
      {{"-t", "7"}, [](const ReplayPolicy& p) { return p.answer_timeout == 7s; }},
      {{"-k", "8"}, [](const ReplayPolicy& p) { return p.idle_timeout == 8s; }},
      {{"--drain", "0.5"}, [](const ReplayPolicy& p) { return p.drain_timeout == 500ms; }},
      {{"--faithful-acks"}, [](const ReplayPolicy& p) { return p.faithful_acks; }},
      {{"-W"}, [](const ReplayPolicy& p) { return !p.wait_for_answers; }},
      {{"--midstream", "adopt"}, [](const ReplayPolicy& p) { return p.adopt_midstream; }},
      {{"-r", "20"}, [](const ReplayPolicy& p) { return p.admission.sample_percent == 20; }},
      {{"--shard", "2/3"}, [](const ReplayPolicy& p) { return p.shard.number() == 2; }},
      {{"-g"}, [](const ReplayPolicy& p) { return p.admission.gradual; }},
      {{"--rate", "5"}, [](const ReplayPolicy& p) { return p.admission.rate == 5; }},
      {{"-n", "10"}, [](const ReplayPolicy& p) { return p.copies == 10; }},
      {{"--max-sessions", "9"}, [](const ReplayPolicy& p) { return p.session_limit == 9; }},
      {{"-i", "-"}, [](const ReplayPolicy& p) { return p.admission.source_waits; }},
      {{"-i", "-"}, [](const ReplayPolicy& p) { return p.admission.has_schedule; }},
      {{"-i", "-", "-a", "max", "--rate", "5"},
       [](const ReplayPolicy& p) { return p.admission.has_schedule; }},
      {{"-i", "-", "-a", "max"},
       [](const ReplayPolicy& p) { return p.admission.source_waits && !p.admission.has_schedule; }},
  };
  const ReplayPolicy without = PolicyOf(Good(WithMap({})));
  for (const Row& row : table) {
    BOOST_TEST(row.takes(PolicyOf(Good(WithMap(row.arguments)))), testing::Text(row.arguments));
    BOOST_TEST(!row.takes(without), testing::Text(row.arguments));
  }
}

}  // namespace
}  // namespace tcpcopy
