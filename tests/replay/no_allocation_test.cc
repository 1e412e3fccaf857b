#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <new>

#include "tests/replay/replay_world.h"

// The hot path does not allocate: this program counts what the replay asks of the heap.

namespace {

const bool* counting = nullptr;  // the world's `in_replay`
std::uint64_t allocations = 0;

void* Allocate(std::size_t size, std::size_t alignment) {
  if (counting != nullptr && *counting) ++allocations;
  void* const room = std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
  if (room == nullptr) throw std::bad_alloc();
  return room;
}

}  // namespace

void* operator new(std::size_t size) { return Allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return Allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* room) noexcept { std::free(room); }
void operator delete(void* room, std::size_t) noexcept { std::free(room); }
void operator delete(void* room, std::align_val_t) noexcept { std::free(room); }
void operator delete(void* room, std::size_t, std::align_val_t) noexcept { std::free(room); }

namespace tcpcopy {
namespace {

using std::chrono_literals::operator""s;

struct CountedWorld {
  CountedWorld() {
    world.target.application = [](TargetModel::Connection& connection) {
      connection.fin_received ? connection.Close() : connection.Reply(std::string(3000, 'a'));
    };
    counting = &world.in_replay;
  }
  ~CountedWorld() { counting = nullptr; }
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
    const std::uint64_t before = allocations;
    for (std::uint32_t i = 0; i < count; ++i) Session(first + i);
    return allocations - before;
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
