#include "src/app/intercept/report.h"

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

namespace tcpcopy {
namespace {

/// Every counter has a value of its own.
InterceptReport Example() {
  InterceptReport report;
  report.peers = 3;
  report.routes = 41;
  report.relay = {.caught = 1000,
                  .relayed = 900,
                  .dropped = 11,
                  .stray = 70,
                  .unclaimed = 5,
                  .held = 62,
                  .twins = 13,
                  .cut = 14,
                  .rewritten = 15,
                  .unparsable = 16};
  report.route_changes = {.added = 500, .expired = 17, .evicted = 21};
  report.capture = {.received = 1002, .dropped_by_kernel = 22, .dropped_by_interface = 1};
  report.channel = {.accepted = 31,
                    .refused = 32,
                    .replies = 900,
                    .replies_dropped = 11,
                    .batches = 33,
                    .bytes = 34'000};
  return report;
}

BOOST_AUTO_TEST_CASE(TheLineHoldsWhatIsLookedAtDaily) {
  BOOST_TEST(Example().Line() ==
             "3 connections, 41 sessions; replies: 1000 caught, 900 relayed, 70 stray, 11 dropped "
             "for slow peers, 23 lost before they were caught");
}

BOOST_AUTO_TEST_CASE(TheTableHoldsEveryCounter) {
  const std::string table = Example().Table();
  for (const char* const number :
       {"3",  "41",  "1000", "900", "11", "70", "5",  "62", "13", "14",   "15",
        "16", "500", "38",   "17",  "21", "23", "31", "32", "33", "34000"}) {
    BOOST_TEST(table.find(" " + std::string(number) + " ") != std::string::npos, number);
  }
  BOOST_TEST(table.ends_with("\n"));
}

BOOST_AUTO_TEST_CASE(TheFieldsHoldEveryCounterByItsName) {
  const std::string text = Example().Fields();
  BOOST_TEST(text.find('\n') == std::string::npos);
  const auto json = nlohmann::json::parse(text);
  const std::vector<std::pair<std::string, int>> expected{{"/connections/active", 3},
                                                          {"/connections/accepted", 31},
                                                          {"/connections/refused", 32},
                                                          {"/sessions/active", 41},
                                                          {"/sessions/announced", 500},
                                                          {"/sessions/expired", 17},
                                                          {"/sessions/evicted", 21},
                                                          {"/replies/caught", 1000},
                                                          {"/replies/relayed", 900},
                                                          {"/replies/messages", 33},
                                                          {"/replies/bytes", 34'000},
                                                          {"/replies/stray", 70},
                                                          {"/replies/held", 62},
                                                          {"/replies/held_in_vain", 5},
                                                          {"/replies/dropped", 11},
                                                          {"/replies/cut", 14},
                                                          {"/replies/rewritten", 15},
                                                          {"/replies/twins", 13},
                                                          {"/replies/unparsable", 16},
                                                          {"/capture/dropped_by_kernel", 22},
                                                          {"/capture/dropped_by_interface", 1}};
  for (const auto& [name, value] : expected) {
    BOOST_TEST(json.at(nlohmann::json::json_pointer(name)) == value, name);
  }
}

}  // namespace
}  // namespace tcpcopy
