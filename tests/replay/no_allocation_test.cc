#include <boost/test/unit_test.hpp>

#include "tests/counted_heap.h"
#include "tests/replay/replay_world.h"

// The hot path does not allocate.

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

struct CountedWorld {
  CountedWorld() {
    world.target.application = [](TargetModel::Connection& connection) {
      connection.fin_received ? connection.Close() : connection.Reply(std::string(3000, 'a'));
    };
    testing::CountAllocationsOnlyWhile(&world.in_replay);
  }
  ~CountedWorld() { testing::CountAllocationsOnlyWhile(nullptr); }
  CountedWorld(const CountedWorld&) = delete;
  CountedWorld& operator=(const CountedWorld&) = delete;

  /// Requests of all sizes, one of them out of order, on one of a few ports.
  void Session(std::uint32_t number) {
    auto client = world.NewClient(static_cast<std::uint16_t>(40'000 + number % 20), number << 20);
    client.Syn().Ack().Says("GET /").Says(std::string(30'000, 'x'), 3000);
    client.At(30'010).Says("behind").At(30'005).Says("hole?").At(30'016).Says("last", 6000);
    client.Fin(9000);
    world.Run(3s);
  }
  /// Allocations within `count` sessions from the `first`th on.
  std::uint64_t Of(std::uint32_t first, std::uint32_t count) {
    const std::uint64_t before = testing::Allocations();
    for (std::uint32_t i = 0; i < count; ++i) Session(first + i);
    return testing::Allocations() - before;
  }

  ReplayWorld world;
};

BOOST_FIXTURE_TEST_CASE(NoAllocationAfterWarmup, CountedWorld) {
  BOOST_TEST(Of(0, 20) > 0U);  // the warm-up: tables grow to what is in them, blocks are taken
  BOOST_TEST(Of(20, 100) == 0U);
  BOOST_TEST(world.Count(Outcome::kCompleted) == 120U);
  BOOST_TEST(world.dispatcher->Idle());
}

}  // namespace
}  // namespace tcpcopy
