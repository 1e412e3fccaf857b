#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using testing::BadLine;
using testing::Good;
using testing::WithMap;

BOOST_AUTO_TEST_CASE(WithoutOptionsEachSessionIsReplayedOnceAsItComes) {
  const LoadOptions load = Good(WithMap({})).load;
  BOOST_TEST(load.copies == 1);
  BOOST_TEST(load.share.IsAll());
  BOOST_TEST(load.shard.IsAll());
  BOOST_TEST(!load.gradual);
  BOOST_TEST(load.rate == 0.0);
  BOOST_TEST(load.most_at_once == 0U);
  BOOST_TEST(load.cpu_percent == 0U);
}

BOOST_AUTO_TEST_CASE(ValuesAreTaken) {
  const LoadOptions load = Good(WithMap({"-n", "1023", "-g", "--rate", "0.5", "--max-sessions",
                                         "2000", "--cpu-limit", "80"}))
                               .load;
  BOOST_TEST(load.copies == 1023);
  BOOST_TEST(load.gradual);
  BOOST_TEST(load.rate == 0.5);
  BOOST_TEST(load.most_at_once == 2000U);
  BOOST_TEST(load.cpu_percent == 80U);
}

BOOST_AUTO_TEST_CASE(AnInstanceHasItsShareOfThePorts) {
  const LoadOptions numbered = Good(WithMap({"-f", "3"})).load;
  const LoadOptions of_four = Good(WithMap({"-f", "3/4"})).load;
  BOOST_TEST((!numbered.share.IsAll() && !of_four.share.IsAll()));
  for (std::uint32_t i = PortShare::kFirstPort; i < 65536; ++i) {
    const auto port = static_cast<std::uint16_t>(i);
    BOOST_REQUIRE(numbered.share.Contains(port) == PortShare::Numbered(3).Contains(port));
    BOOST_REQUIRE(of_four.share.Contains(port) == (port % 4 == 3));
  }
}

BOOST_AUTO_TEST_CASE(AShardHasItsNumberAndHowManyThereAre) {
  const Shard shard = Good(WithMap({"--shard", "2/3"})).load.shard;
  BOOST_TEST(shard.number() == 2U);
  BOOST_TEST(shard.count() == 3U);
  BOOST_TEST(Good(WithMap({"--shard", "1/1"})).load.shard.IsAll());
}

BOOST_AUTO_TEST_CASE(BadValuesAreRefused) {
  for (const auto& [option, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"-n", "0"},          {"-n", "-1"},
           {"-n", "1024"},       {"-n", "many"},
           {"-f", "-1"},         {"-f", "1024"},
           {"-f", "4/4"},        {"-f", "0/0"},
           {"-f", "1/2000"},     {"-f", "1/"},
           {"-f", "/4"},         {"--rate", "0"},
           {"--shard", "0/3"},   {"--shard", "4/3"},
           {"--shard", "2"},     {"--shard", "1/0"},
           {"--shard", "/3"},    {"--shard", "1/1000001"},
           {"--shard", "-1/3"},  {"--shard", "a/b"},
           {"--rate", "-1"},     {"--rate", "fast"},
           {"-H", "localhost"},  {"-H", "127.0.0.1"},
           {"-H", "0.0.0.0"},    {"--max-sessions", "0"},
           {"--cpu-limit", "0"}, {"--memory-action", "panic"}}) {
    const std::string line = BadLine(WithMap({option, value}));
    BOOST_TEST((line.find(std::string(option) + ":") != std::string::npos), line);
  }
}

BOOST_AUTO_TEST_CASE(ASessionMustHaveRoomWithItsCopies) {
  BOOST_TEST(Good(WithMap({"-n", "5", "--max-sessions", "5"})).load.most_at_once == 5U);
  BOOST_TEST(
      (BadLine(WithMap({"-n", "5", "--max-sessions", "4"})).find("--max-sessions: is less") !=
       std::string::npos));
}

BOOST_AUTO_TEST_CASE(AnAddressInsteadOfLocalhostIsForKeptAddresses) {
  BOOST_TEST((Good(WithMap({"-H", "10.0.0.7", "-c", "keep"})).instead_of_localhost.has_value()));
  BOOST_TEST(
      (Good(WithMap({"-H", "10.0.0.7", "-s", "10.0.0.9"})).instead_of_localhost.has_value()));
  BOOST_TEST((BadLine(WithMap({"-H", "10.0.0.7"})).find("-H: is for kept addresses") !=
              std::string::npos));
}

}  // namespace
}  // namespace tcpcopy
