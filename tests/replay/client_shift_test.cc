#include "src/replay/client_shift.h"

#include <boost/test/unit_test.hpp>
#include <set>

#include "tests/replay/addresses.h"

namespace tcpcopy {
namespace {

using testing::At;

const Endpoint kTarget = At("10.0.0.2", 80);

std::string Moved(const ClientShift& shift, const char* client, std::uint16_t copy,
                  std::uint64_t round) {
  return shift.Of({At(client, 1), kTarget, copy, round}).ToString();
}

BOOST_AUTO_TEST_CASE(CopiesAndRoundsAreSoManyAddressesApart) {
  const ClientShift shift{.step = 256, .copies = 3};
  BOOST_TEST(Moved(shift, "192.0.2.7", 0, 0) == "192.0.2.7");
  BOOST_TEST(Moved(shift, "192.0.2.7", 1, 0) == "192.0.3.7");
  BOOST_TEST(Moved(shift, "192.0.2.7", 2, 0) == "192.0.4.7");
  BOOST_TEST(Moved(shift, "192.0.2.7", 0, 1) == "192.0.5.7");
  BOOST_TEST(Moved(shift, "2001:db8::ff07", 2, 1) == "2001:db8::1:407");
}

BOOST_AUTO_TEST_CASE(WithoutAStepNothingMoves) {
  BOOST_TEST(Moved({.step = 0, .copies = 9}, "192.0.2.7", 8, 1000) == "192.0.2.7");
}

BOOST_AUTO_TEST_CASE(WhatNoHostHasIsPassedOver) {
  const ClientShift one{.step = 1};
  BOOST_TEST(Moved(one, "126.255.255.255", 0, 1) == "128.0.0.0");
  BOOST_TEST(Moved(one, "223.255.255.255", 0, 1) == "1.0.0.0");
  BOOST_TEST(Moved(one, "223.255.255.255", 0, 2) == "1.0.0.1");
  // As many rounds as there are addresses, and one more.
  BOOST_TEST(Moved(one, "192.0.2.7", 0, 222ULL * (1 << 24) + 1) == "192.0.2.8");
  // The /64 stays.
  BOOST_TEST(Moved(one, "2001:db8:0:1:ffff:ffff:ffff:ffff", 0, 1) == "2001:db8:0:1::");
  // What is none to begin with stays where it is.
  for (const char* other : {"127.0.0.1", "0.0.0.1", "224.0.0.1", "255.255.255.255"}) {
    BOOST_TEST(Moved(one, other, 0, 5) == other);
  }
}

BOOST_AUTO_TEST_CASE(NoTwoCopiesOrRoundsOfAClientCollide) {
  for (const char* client :
       {"126.255.250.9", "223.255.255.250", "10.0.0.1", "2001:db8::ffff:ffff:ffff:fff0"}) {
    for (const std::uint64_t step : {1ULL, 255ULL, 65'536ULL}) {
      const ClientShift shift{.step = step, .copies = 10};
      std::set<IpAddress> seen;
      for (std::uint64_t round = 0; round < 300; ++round) {
        for (std::uint16_t copy = 0; copy < 10; ++copy) {
          seen.insert(shift.Of({At(client, 1), kTarget, copy, round}));
        }
      }
      BOOST_TEST(seen.size() == 3000U, client << " by " << step);
      for (const IpAddress& address : seen) {
        if (!address.IsV4()) continue;
        const std::uint32_t net = address.v4() >> 24;
        BOOST_TEST_REQUIRE((net >= 1 && net < 224 && net != 127));
      }
    }
  }
}

}  // namespace
}  // namespace tcpcopy
