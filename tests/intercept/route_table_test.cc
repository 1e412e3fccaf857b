#include "src/intercept/route_table.h"

#include <boost/test/unit_test.hpp>

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

constexpr Instant kStart{};
constexpr Duration kIdle = 100s;

FlowKey Session(std::uint32_t client) {
  return {{IpAddress::V4(client), 1000}, {IpAddress::V4(1), 80}};
}

BOOST_AUTO_TEST_CASE(TheLastAnnouncementWins) {
  RouteTable table(kIdle, 1);
  BOOST_TEST(!table.Find(Session(1), kStart));
  table.Add(Session(1), 7, kStart);
  BOOST_TEST(table.Find(Session(1), kStart).value() == 7U);
  table.Add(Session(1), 8, kStart);
  BOOST_TEST(table.Find(Session(1), kStart).value() == 8U);
  BOOST_TEST(table.size() == 1U);
  table.Remove(Session(1), 7);  // it has lost it
  BOOST_TEST(table.Find(Session(1), kStart).value() == 8U);
  table.Remove(Session(1), 8);
  BOOST_TEST(!table.Find(Session(1), kStart));
  BOOST_TEST(table.size() == 0U);
  BOOST_TEST(table.stats().added == 2U);
}

BOOST_AUTO_TEST_CASE(EveryPartOfTheSessionCounts) {
  RouteTable table(kIdle, 1);
  const FlowKey session = Session(1);
  table.Add(session, 7, kStart);
  for (const int part : {0, 1, 2, 3}) {
    FlowKey other = session;
    Endpoint& end = part < 2 ? other.local : other.peer;
    part % 2 == 0 ? end.address = IpAddress::V4(99) : IpAddress();
    if (part % 2 == 1) ++end.port;
    BOOST_TEST(!table.Find(other, kStart));
  }
}

BOOST_AUTO_TEST_CASE(WithAPeerGoItsRoutes) {
  RouteTable table(kIdle, 1);
  for (std::uint32_t i = 0; i < 10; ++i) table.Add(Session(i), i % 2, kStart);
  table.RemoveAll(1);
  BOOST_TEST(table.size() == 5U);
  for (std::uint32_t i = 0; i < 10; ++i) {
    BOOST_TEST(table.Find(Session(i), kStart).has_value() == (i % 2 == 0));
  }
  table.Add(Session(1), 2, kStart);  // somebody else's now
  BOOST_TEST(table.Find(Session(1), kStart).value() == 2U);
  BOOST_TEST(table.size() == 6U);
}

BOOST_AUTO_TEST_CASE(AnUnusedRouteIsForgotten) {
  RouteTable table(kIdle, 1);
  table.Add(Session(1), 7, kStart);
  table.Add(Session(2), 7, kStart);
  BOOST_TEST(table.Find(Session(1), kStart + kIdle).has_value());  // used again
  BOOST_TEST(!table.Find(Session(2), kStart + kIdle + Duration(1)));
  BOOST_TEST(table.Find(Session(1), kStart + 2 * kIdle).has_value());
  BOOST_TEST(table.stats().expired == 1U);
  BOOST_TEST(table.size() == 1U);
}

BOOST_AUTO_TEST_CASE(AtTheBoundTheOneUnusedForTheLongestMakesRoom) {
  RouteTable table(kIdle, 1, 3);
  for (std::uint32_t i = 0; i < 3; ++i) table.Add(Session(i), 7, kStart + 1s * i);
  table.Find(Session(0), kStart + 4s);
  table.Add(Session(3), 7, kStart + 5s);
  BOOST_TEST(table.size() == 3U);
  BOOST_TEST(table.stats().evicted == 1U);
  BOOST_TEST(!table.Find(Session(1), kStart + 5s));
  for (const std::uint32_t kept : {0U, 2U, 3U}) {
    BOOST_TEST(table.Find(Session(kept), kStart + 5s).has_value());
  }
}

BOOST_AUTO_TEST_CASE(TheRoutesOfOneWhoHasGoneMakeRoomFirst) {
  RouteTable table(kIdle, 1, 4);
  table.Add(Session(1), 7, kStart);
  table.Add(Session(2), 7, kStart);
  table.RemoveAll(7);
  for (std::uint32_t i = 10; i < 14; ++i) table.Add(Session(i), 8, kStart);
  BOOST_TEST(table.size() == 4U);
  BOOST_TEST(table.stats().evicted == 0U);
}

}  // namespace
}  // namespace tcpcopy
