// The replay engine alone: what a session costs when nothing else is measured with it. Prints one
// JSON object. For instructions run it under `valgrind --tool=callgrind` with two numbers of
// sessions and divide the difference.

#include <fmt/format.h>
#include <unistd.h>

#include <chrono>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/bench/engine_world.h"
#include "tests/counted_heap.h"

namespace tcpcopy::bench {
namespace {

struct Arguments {
  std::uint64_t sessions = 100'000;
  std::uint64_t warm_up = 70'000;  // sessions before: until tables have what they remember at most
  std::uint64_t workers = 1;
  std::uint64_t idle = 0;
  EngineWorld::Options world;
};

/// Resident memory of this process, in bytes.
std::uint64_t Resident() {
  std::ifstream statm("/proc/self/statm");
  std::uint64_t all = 0;
  std::uint64_t resident = 0;
  statm >> all >> resident;
  return resident * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

bool Parse(int argc, char** argv, Arguments& arguments) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const auto value = [&] { return i + 1 < argc ? std::strtoull(argv[++i], nullptr, 10) : 0; };
    if (name == "--sessions") {
      arguments.sessions = value();
    } else if (name == "--warm-up") {
      arguments.warm_up = value();
    } else if (name == "--workers") {
      arguments.workers = value();
    } else if (name == "--idle") {
      arguments.idle = value();
    } else if (name == "--at-once") {
      arguments.world.at_once = value();
    } else if (name == "--client-closes") {
      arguments.world.closer = EngineWorld::Closer::kClient;
    } else if (name == "--harness-only") {
      arguments.world.harness_only = true;
    } else {
      return false;
    }
  }
  return arguments.workers > 0 && arguments.world.at_once > 0;
}

void MeasureIdle(const Arguments& arguments) {
  EngineWorld::Options options = arguments.world;
  options.idle = true;
  options.most_sessions = arguments.idle;
  EngineWorld world(options);
  const std::uint64_t before = Resident();
  world.OpenIdle(arguments.idle);
  const std::uint64_t bytes = Resident() - before;
  fmt::print(
      "{{\"idle_sessions\": {}, \"active\": {}, \"bytes\": {}, \"bytes_a_session\": {:.0f}, "
      "\"session_bytes\": {}}}\n",
      arguments.idle, world.ledger().active().sessions, bytes,
      static_cast<double>(bytes) / static_cast<double>(arguments.idle), sizeof(Session));
}

void MeasureShort(const Arguments& arguments) {
  const std::uint64_t each = arguments.sessions / arguments.workers;
  std::vector<std::unique_ptr<EngineWorld>> worlds(arguments.workers);
  const auto of_each = [&](auto work) {
    std::vector<std::thread> threads;
    for (auto& world : worlds) threads.emplace_back([&world, &work] { work(world); });
    for (std::thread& thread : threads) thread.join();
  };
  of_each([&](auto& world) {
    world = std::make_unique<EngineWorld>(arguments.world);
    world->Run(arguments.warm_up);
  });
  const auto sum = [&](auto figure) {
    std::uint64_t all = 0;
    for (const auto& world : worlds) all += figure(*world);
    return all;
  };
  const auto sent = [](const EngineWorld& world) { return world.packets_sent(); };
  const auto captured = [](const EngineWorld& world) { return world.packets_captured(); };
  const auto replies = [](const EngineWorld& world) { return world.replies(); };
  const auto completed = [](const EngineWorld& world) {
    return world.ledger().Of(Outcome::kCompleted).sessions;
  };
  const std::uint64_t sent_before = sum(sent);
  const std::uint64_t captured_before = sum(captured);
  const std::uint64_t replies_before = sum(replies);
  const std::uint64_t completed_before = sum(completed);
  const std::uint64_t allocated_before = testing::Allocations();
  const MonotonicClock clock;
  const Instant begin = clock.Now();
  of_each([&](auto& world) { world->Run(each); });
  const std::chrono::duration<double> took = clock.Now() - begin;
  const std::uint64_t threads = 3 * arguments.workers;  // what starting them takes, about
  const std::uint64_t allocated = testing::Allocations() - allocated_before;
  const auto all = static_cast<double>(each * arguments.workers);
  fmt::print(
      "{{\"sessions\": {}, \"workers\": {}, \"harness_only\": {}, \"completed\": {}, "
      "\"sessions_a_second\": {:.0f}, \"ns_a_session\": {:.0f}, \"allocations\": {}, "
      "\"allocations_a_session\": {:.4f}, \"packets_sent_a_session\": {:.3f}, "
      "\"packets_captured_a_session\": {:.3f}, \"replies_a_session\": {:.3f}}}\n",
      each * arguments.workers, arguments.workers, arguments.world.harness_only,
      sum(completed) - completed_before, all / took.count(), took.count() * 1e9 / all,
      allocated > threads ? allocated - threads : 0,
      static_cast<double>(allocated > threads ? allocated - threads : 0) / all,
      static_cast<double>(sum(sent) - sent_before) / all,
      static_cast<double>(sum(captured) - captured_before) / all,
      static_cast<double>(sum(replies) - replies_before) / all);
}

}  // namespace
}  // namespace tcpcopy::bench

int main(int argc, char** argv) {
  tcpcopy::bench::Arguments arguments;
  if (!tcpcopy::bench::Parse(argc, argv, arguments)) {
    fmt::print(stderr,
               "usage: engine_alone [--sessions N] [--warm-up N] [--workers W] [--at-once N]\n"
               "                    [--client-closes] [--harness-only] [--idle N]\n");
    return 2;
  }
  if (arguments.idle > 0) {
    MeasureIdle(arguments);
  } else {
    MeasureShort(arguments);
  }
  return 0;
}
