#include "src/replay/outcome.h"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <set>

namespace tcpcopy {
namespace {

BOOST_AUTO_TEST_CASE(OutcomesHaveDistinctNames) {
  std::set<std::string_view> texts;
  std::set<std::string_view> keys;
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    texts.insert(ToString(static_cast<Outcome>(i)));
    keys.insert(Key(static_cast<Outcome>(i)));
  }
  BOOST_TEST(texts.size() == kOutcomes);
  BOOST_TEST(keys.size() == kOutcomes);
}

BOOST_AUTO_TEST_CASE(KeysAreLowerCaseWords) {
  for (std::size_t i = 0; i < kOutcomes; ++i) {
    const std::string_view key = Key(static_cast<Outcome>(i));
    BOOST_TEST(!key.empty());
    BOOST_TEST(std::ranges::all_of(key, [](char c) { return ('a' <= c && c <= 'z') || c == '_'; }),
               key);
  }
}

BOOST_AUTO_TEST_CASE(NamesStandWithTheirOutcome) {
  // Programs read these: a key once given stays.
  BOOST_TEST(Key(Outcome::kCompleted) == "completed");
  BOOST_TEST(Key(Outcome::kResetByClient) == "reset_by_client");
  BOOST_TEST(Key(Outcome::kCaptureEnded) == "capture_ended");
  BOOST_TEST(Key(Outcome::kRefusedByTarget) == "refused_by_target");
  BOOST_TEST(Key(Outcome::kResetByTarget) == "reset_by_target");
  BOOST_TEST(Key(Outcome::kTargetTimeout) == "target_timeout");
  BOOST_TEST(Key(Outcome::kRepliesLost) == "replies_lost");
  BOOST_TEST(Key(Outcome::kCaptureGap) == "capture_gap");
  BOOST_TEST(Key(Outcome::kNoSynSeen) == "no_syn_seen");
  BOOST_TEST(Key(Outcome::kLeftOutBySampling) == "left_out_by_sampling");
  BOOST_TEST(Key(Outcome::kNoAddressOrPort) == "no_address_or_port");
  BOOST_TEST(Key(Outcome::kNoMemory) == "no_memory");
  BOOST_TEST(Key(Outcome::kEndedByUs) == "ended_by_us");
  BOOST_TEST(ToString(Outcome::kRefusedByTarget) == "refused by target");
}

}  // namespace
}  // namespace tcpcopy
