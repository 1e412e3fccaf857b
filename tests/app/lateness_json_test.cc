#include "src/app/lateness_json.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using Json = nlohmann::ordered_json;

BOOST_AUTO_TEST_CASE(WhatIsWrittenIsReadAgain) {
  Histogram lateness;
  for (int i = 0; i < 1000; ++i) lateness.Add(microseconds(i * i) + nanoseconds(i));
  const Json json = LatenessJson(lateness);
  BOOST_TEST(json["sessions"] == 1000);
  BOOST_TEST(json["max_us"] == 998'001.999);
  const auto again = ReadLateness(Json::parse(json.dump()));
  BOOST_TEST_REQUIRE(again.has_value());
  BOOST_TEST(LatenessJson(*again) == json);
}

BOOST_AUTO_TEST_CASE(PercentilesAreInMicroseconds) {
  Histogram lateness;
  lateness.Add(microseconds(7), 98);
  lateness.Add(milliseconds(2), 2);
  const Json json = LatenessJson(lateness);
  BOOST_TEST(json["p50_us"] == 7.0);
  BOOST_TEST(json["p99_us"] == 2000.0);
  BOOST_TEST((json["buckets_us"] == Json{{"7", 98}, {"2015", 2}}));
}

BOOST_AUTO_TEST_CASE(DamageIsFound) {
  Histogram lateness;
  lateness.Add(microseconds(7), 5);
  const Json good = LatenessJson(lateness);
  BOOST_TEST(ReadLateness(good).has_value());
  const auto without = [&good](const char* key) {
    Json json = good;
    json.erase(key);
    return json;
  };
  const auto with = [&good](const char* key, const Json& value) {
    Json json = good;
    json[key] = value;
    return json;
  };
  const Json bad[] = {
      Json(),
      Json(5),
      Json::array({1}),
      without("sessions"),
      without("max_us"),
      without("buckets_us"),
      with("sessions", 6),
      with("max_us", "x"),
      with("max_us", -1),
      with("max_us", 1e300),
      with("buckets_us", 5),
      with("buckets_us", Json{{"x", 5}}),
      with("buckets_us", Json{{"7x", 5}}),
      with("buckets_us", Json{{"-7", 5}}),
      with("buckets_us", Json{{"18446744073709551615", 5}}),
      with("buckets_us", Json{{"7", -5}}),
      with("buckets_us", Json{{"7", 5}, {"8", 1}}),
  };
  for (const Json& json : bad) BOOST_TEST(!ReadLateness(json).has_value(), json.dump());
}

}  // namespace
}  // namespace tcpcopy
