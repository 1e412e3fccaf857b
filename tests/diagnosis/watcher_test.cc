#include "src/diagnosis/watcher.h"

#include <boost/test/unit_test.hpp>

#include "tests/io/namespace.h"

namespace tcpcopy {
namespace {

using testing::InNetworkNamespace;
using Kind = Question::Kind;
BOOST_TEST_GLOBAL_FIXTURE(InNetworkNamespace);

FlowKey Probe(std::uint16_t port) {
  return {{IpAddress::Parse("127.0.0.1").value(), port},
          {IpAddress::Parse("127.0.0.1").value(), 80}};
}

struct World {
  Answer Ask(Kind kind, std::uint16_t port) {
    return Answer::Parse(watcher.Answer(Question{++number, kind, Probe(port)}.ToJson())).value();
  }

  VirtualClock clock;
  Watcher watcher{clock};
  std::uint32_t number = 0;
};

BOOST_AUTO_TEST_CASE(WatchesUntilItReports) {
  World world;
  const Answer begun = world.Ask(Kind::kWatch, 4000);
  BOOST_TEST(begun.problem == "");
  BOOST_TEST(begun.number == 1U);
  BOOST_TEST(!begun.seen);
  BOOST_TEST(world.watcher.watched() == 1U);
  const Answer told = world.Ask(Kind::kReport, 4000);
  BOOST_TEST(told.number == 2U);
  BOOST_TEST_REQUIRE(told.seen.has_value());
  BOOST_TEST((told.seen->probe == Probe(4000)));
  BOOST_TEST(told.seen->traced);
  BOOST_TEST(world.watcher.watched() == 0U);
  BOOST_TEST(!world.Ask(Kind::kReport, 4000).problem.empty());
}

BOOST_AUTO_TEST_CASE(TheSameProbeIsWatchedOnce) {
  World world;
  world.Ask(Kind::kWatch, 4000);
  world.Ask(Kind::kWatch, 4000);
  BOOST_TEST(world.watcher.watched() == 1U);
}

BOOST_AUTO_TEST_CASE(ThereIsAnEndToWhatItWatches) {
  World world;
  for (std::uint16_t i = 0; i < Watcher::kMaxWatched; ++i) {
    BOOST_TEST(world.Ask(Kind::kWatch, static_cast<std::uint16_t>(4000 + i)).problem == "");
  }
  BOOST_TEST(!world.Ask(Kind::kWatch, 5000).problem.empty());
  world.clock.Advance(Watcher::kPatience + Duration(1));
  BOOST_TEST(world.Ask(Kind::kWatch, 5000).problem == "");
  BOOST_TEST(world.watcher.watched() == 1U);
}

BOOST_AUTO_TEST_CASE(WhoAsksTooOftenIsRefused) {
  World world;
  for (int i = 0; i < Watcher::kMaxBegun; ++i) {
    BOOST_TEST(world.Ask(Kind::kWatch, 4000).problem == "");
  }
  BOOST_TEST(world.Ask(Kind::kWatch, 4000).problem == "it is asked too often");
  world.clock.Advance(Watcher::kPeriod);
  BOOST_TEST(world.Ask(Kind::kWatch, 4000).problem == "");
}

BOOST_AUTO_TEST_CASE(WhatIsNoQuestionHasAnAnswer) {
  World world;
  for (const char* const text : {"", "x", "{}", "[]"}) {
    BOOST_TEST(!Answer::Parse(world.watcher.Answer(text)).value().problem.empty(), text);
  }
}

}  // namespace
}  // namespace tcpcopy
