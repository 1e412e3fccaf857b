#include "src/app/session_line.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

namespace tcpcopy {
namespace {

SessionEnd Replayed() {
  return {{{IpAddress::V4(0x0a000009), 4242}, {IpAddress::V4(0x0a000001), 80}},
          FlowKey{{IpAddress::V4(0x0a000001), 33000}, {IpAddress::V4(0x0a000002), 8080}},
          Outcome::kTargetTimeout,
          {1, 3, 2, 300, 200}};
}

BOOST_AUTO_TEST_CASE(BothConnectionsAndWhatBecameOfThem) {
  BOOST_TEST(SessionLine(Replayed()) ==
             "session 10.0.0.9:4242 > 10.0.0.1:80, replayed 10.0.0.1:33000 > 10.0.0.2:8080: target "
             "timeout; delivered 2 of 3 requests, 200 of 300 bytes");
  BOOST_TEST(
      SessionFields(Replayed()) ==
      R"({"session":{"client":"10.0.0.9:4242","production":"10.0.0.1:80",)"
      R"("local":"10.0.0.1:33000","target":"10.0.0.2:8080","outcome":"target_timeout",)"
      R"("sessions":1,"requests":3,"requests_delivered":2,"bytes":300,"bytes_delivered":200}})");
}

BOOST_AUTO_TEST_CASE(WhatWasLeftOutHasNoConnectionOfItsOwn) {
  SessionEnd end = Replayed();
  end.replayed.reset();
  end.outcome = Outcome::kNoMemory;
  BOOST_TEST(SessionLine(end) == "session 10.0.0.9:4242 > 10.0.0.1:80: no memory");
  end.totals.sessions = 10;
  BOOST_TEST(SessionLine(end) == "session 10.0.0.9:4242 > 10.0.0.1:80, 10 copies: no memory");
  BOOST_TEST(!nlohmann::json::parse(SessionFields(end))["session"].contains("target"));
}

}  // namespace
}  // namespace tcpcopy
