#include "src/replay/session_pool.h"

#include <boost/test/unit_test.hpp>
#include <set>
#include <vector>

#include "netstack/base/poison.h"
#include "tests/replay/session_parts.h"

namespace tcpcopy {
namespace {

struct PoolBench : testing::SessionParts {
  Session& Create(SessionPool& pool, std::uint16_t number) {
    return pool.Create(context(), Captured(number), Replayed(number), Syn());
  }
};

std::vector<const Session*> Live(SessionPool& pool) {
  std::vector<const Session*> live;
  pool.ForEach([&](Session& session) { live.push_back(&session); });
  return live;
}

BOOST_FIXTURE_TEST_SUITE(SessionPoolTest, PoolBench)

BOOST_AUTO_TEST_CASE(ItIsFullAtItsCapacity) {
  SessionPool pool(2);
  BOOST_TEST(pool.size() == 0U);
  BOOST_TEST(!pool.full());
  Session& first = Create(pool, 1);
  BOOST_TEST(!pool.full());
  Create(pool, 2);
  BOOST_TEST(pool.full());
  BOOST_TEST(pool.size() == 2U);
  pool.Destroy(first);
  BOOST_TEST(!pool.full());
  BOOST_TEST(pool.size() == 1U);
  Create(pool, 3);
  BOOST_TEST(pool.full());
}

BOOST_AUTO_TEST_CASE(OneWithoutRoomIsFullAtOnce) {
  const SessionPool pool(0);
  BOOST_TEST(pool.full());
}

BOOST_AUTO_TEST_CASE(SessionsStayWhereTheyAreWhileItGrows) {
  constexpr std::uint16_t kMany = 600;  // more than one chunk
  SessionPool pool(kMany);
  std::vector<Session*> sessions;
  for (std::uint16_t i = 0; i < kMany; ++i) sessions.push_back(&Create(pool, i));
  for (std::uint16_t i = 0; i < kMany; ++i) {
    BOOST_REQUIRE((sessions[i]->captured() == Captured(i)));
    BOOST_REQUIRE((sessions[i]->replayed() == Replayed(i)));
  }
  BOOST_TEST((std::set<Session*>(sessions.begin(), sessions.end()).size() == kMany));
}

BOOST_AUTO_TEST_CASE(EachLiveSessionIsVisitedOldestSlotFirst) {
  SessionPool pool(600);
  BOOST_TEST(Live(pool).empty());
  std::vector<const Session*> expected;
  for (std::uint16_t i = 0; i < 600; ++i) {
    Session& session = Create(pool, i);
    if (i == 3 || i == 300) {
      pool.Destroy(session);
      expected.push_back(&Create(pool, i));  // the slot that became free last
      BOOST_TEST(expected.back() == &session);
    } else {
      expected.push_back(&session);
    }
  }
  BOOST_TEST(Live(pool) == expected, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(ADestroyedSessionIsVisitedNoMore) {
  SessionPool pool(3);
  Session& a = Create(pool, 1);
  Session& b = Create(pool, 2);
  Session& c = Create(pool, 3);
  pool.Destroy(b);
  BOOST_TEST(Live(pool) == (std::vector<const Session*>{&a, &c}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(DestroyingASessionGivesBackWhatItHeld) {
  SessionPool pool(1);
  Session& session = Create(pool, 1);
  const std::vector<std::uint8_t> text(5000, 'x');
  TcpSegment segment;
  segment.seq = SeqNum(1001);
  segment.flags = TcpFlags{TcpFlags::kAck};
  segment.payload = text;
  segment.payload_length = static_cast<std::uint32_t>(text.size());
  session.Start(std::nullopt);
  session.OnClientSegment(segment);
  BOOST_TEST(blocks().in_use() > 0U);
  BOOST_TEST(engaged() == 1);
  pool.Destroy(session);
  BOOST_TEST(blocks().in_use() == 0U);
  BOOST_TEST(engaged() == 0);
  loop().RunOnce();  // it was posted; its node unlinked itself
  BOOST_TEST(IsPoisoned(&session, sizeof(session)) == kPoisoning);
}

BOOST_AUTO_TEST_CASE(ThePoolDestroysWhatIsLeft) {
  {
    SessionPool pool(600);
    for (std::uint16_t i = 0; i < 600; ++i) Create(pool, i).Start(std::nullopt);
    loop().RunOnce();
    BOOST_TEST(engaged() == 600);
  }
  BOOST_TEST(engaged() == 0);
  BOOST_TEST((loop().timers().Next() == kNever));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace
}  // namespace tcpcopy
