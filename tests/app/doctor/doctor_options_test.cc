#include "src/app/doctor/doctor_options.h"

#include <boost/test/unit_test.hpp>

#include "tests/app/options/parsed_options.h"

namespace tcpcopy {
namespace {

using testing::BadLine;
using testing::Good;
using testing::WithMap;

BOOST_AUTO_TEST_CASE(NothingIsDiagnosedUnlessAskedFor) {
  BOOST_TEST(!Good(WithMap({})).doctor.wanted);
  BOOST_TEST(Good(WithMap({"--doctor"})).doctor.wanted);
}

BOOST_AUTO_TEST_CASE(WhoIsAskedListensWhereInterceptsDo) {
  const auto asked = Good(WithMap({"--doctor", "--ask", "10.0.0.2,[2001:db8::2]:99"})).doctor.asked;
  BOOST_TEST_REQUIRE(asked.size() == 2U);
  BOOST_TEST(asked[0].ToString() == "10.0.0.2:36524");
  BOOST_TEST(asked[1].ToString() == "[2001:db8::2]:99");
  const Options other = Good(WithMap({"--doctor", "--ask", "10.0.0.2", "-p", "7"}));
  BOOST_TEST(other.doctor.asked[0].port == 7);
}

BOOST_AUTO_TEST_CASE(ProbesMayBearAClientsAddress) {
  const auto client = Good(WithMap({"--doctor", "--probe-client", "10.0.1.2"})).doctor.probe_client;
  BOOST_TEST(client.value().ToString() == "10.0.1.2");
}

BOOST_AUTO_TEST_CASE(WhatIsNotAccepted) {
  BOOST_TEST(BadLine(WithMap({"--ask", "10.0.0.2"})).find("--ask") != std::string::npos);
  BOOST_TEST(BadLine(WithMap({"--probe-client", "10.0.0.2"})).find("--doctor") !=
             std::string::npos);
  BOOST_TEST(BadLine(WithMap({"--doctor", "--dry-run"})).find("--dry-run") != std::string::npos);
  for (const char* const text : {"x", "80", "10.0.0.2:0", "10.0.0.2,"}) {
    BadLine(WithMap({"--doctor", "--ask", text}));
  }
  for (const char* const text : {"x", "10.0.0.2:80", "10.0.0.0/8"}) {
    BadLine(WithMap({"--doctor", "--probe-client", text}));
  }
}

}  // namespace
}  // namespace tcpcopy
