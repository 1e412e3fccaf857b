// What becomes of a run whose intercepts cannot be reached.

#include "src/app/carried_replies.h"

#include <boost/test/unit_test.hpp>

#include "tests/replay/replay_world.h"

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

/// Replies by way of a port of this host that nobody listens on.
struct Unreachable {
  explicit Unreachable(bool wait_for_ever, bool at_once = true) {
    options.intercepts = {{IpAddress::V4(0x7f000001), 1}};
    options.wait_for_ever = wait_for_ever;
    options.lost_timeout = 5s;
    replies.emplace(
        world.loop(), options, *TargetMap::Parse("80-10.0.0.2:8080"), at_once,
        ReplyIntake::Events{[this] { ++ready; }, [this](const std::string& why) { lost = why; },
                            [this](const std::string& line) { log += line + "\n"; },
                            [this](const std::string& line) { log += line + "\n"; }},
        7);
    replies->Start(*world.dispatcher);
  }
  ~Unreachable() { replies->Stop(); }

  ReplayWorld world;
  ChannelOptions options;
  int ready = 0;
  std::string lost;
  std::string log;
  std::optional<CarriedReplies> replies;
};

BOOST_AUTO_TEST_CASE(WithoutAnInterceptTheRunEndsAfterTheTimeout) {
  Unreachable run(false);
  BOOST_TEST((run.log.find("waiting for intercept: 127.0.0.1:1") != std::string::npos), run.log);
  run.world.Run(4900ms);
  BOOST_TEST(run.lost == "");
  run.world.Run(200ms);
  BOOST_TEST(run.lost ==
             "no intercept could be reached for 5 s: 127.0.0.1:1; with -L tcpcopy waits on");
  BOOST_TEST(run.ready == 0);
}

BOOST_AUTO_TEST_CASE(WithLItIsReadyAtOnceAndWaitsOn) {
  Unreachable run(true);
  BOOST_TEST(run.ready == 1);
  run.world.Run(3600s);
  BOOST_TEST(run.lost == "");
  BOOST_TEST(run.ready == 1);
}

BOOST_AUTO_TEST_CASE(WhatCanWaitForTheFirstInterceptDoesSoWithLToo) {
  Unreachable run(true, false);
  run.world.Run(3600s);
  BOOST_TEST(run.lost == "");
  BOOST_TEST(run.ready == 0);
}

BOOST_AUTO_TEST_CASE(NothingIsSaidAfterTheEnd) {
  Unreachable run(false);
  run.replies->Stop();
  run.world.Run(3600s);
  BOOST_TEST(run.lost == "");
}

BOOST_AUTO_TEST_CASE(TheLedgerHearsThatRepliesAreCarried) {
  const Unreachable run(false);
  BOOST_TEST(run.replies->stats().carried);
  BOOST_TEST(run.replies->stats().dropped_on_the_way == 0U);
}

}  // namespace
}  // namespace tcpcopy
