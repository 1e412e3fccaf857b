// One prebuilt segment many times, through the sink that tcpcopy itself sends by: to be compared
// with bare_sender. Prints what it cost (OwnCost::Print).

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <memory>

#include "netstack/base/check.h"
#include "src/io/uring/link_layer_path.h"
#include "src/io/uring/raw_ip_path.h"
#include "src/io/uring/uring_sink.h"
#include "tests/bench/own_cost.h"
#include "tests/bench/pure_ack.h"

namespace tcpcopy::bench {
namespace {

std::unique_ptr<SendPath> Open(const IpAddress& to, const char* device) {
  if (device == nullptr) return std::make_unique<RawIpPath>(RawSockets::Open().value());
  LinkLayerPath::Options options;
  options.devices = {device};
  options.targets[to] = {};
  auto path = LinkLayerPath::Open(options).value();
  path->WaitForNeighbours(std::chrono::seconds(2));
  return path;
}

/// `batch` packets a turn of the loop, as when a batch of replies has come.
void Send(UringSink& sink, EventLoop& loop, ConstBytes packet, const IpAddress& to,
          std::uint64_t batch, std::uint64_t count) {
  for (std::uint64_t sent = 0; sent < count;) {
    const std::uint64_t turn = std::min(batch, count - sent);
    for (std::uint64_t i = 0; i < turn; ++i) {
      SendSlot* const slot = sink.Acquire();
      if (slot == nullptr) break;
      std::ranges::copy(packet, slot->buffer.begin());
      sink.Send(slot, packet.size(), to);
      ++sent;
    }
    loop.RunOnce();
  }
  while (sink.slots_in_flight() > 0) loop.RunOnce();
}

int Main(int argc, char** argv) {
  const auto from = IpAddress::Parse(argc > 3 ? argv[3] : "");
  const auto to = IpAddress::Parse(argc > 4 ? argv[4] : "");
  if ((argc != 5 && argc != 6) || !from || !to) {
    fmt::print(stderr, "usage: sink_sender COUNT BATCH FROM TO [DEVICE]\n");
    return 2;
  }
  const std::uint64_t count = std::strtoull(argv[1], nullptr, 10);
  const std::uint64_t batch = std::max(1ULL, std::strtoull(argv[2], nullptr, 10));
  const MonotonicClock clock;
  const auto driver = UringDriver::Create(clock).value();
  EventLoop loop(clock, *driver);
  const auto path = Open(*to, argc == 6 ? argv[5] : nullptr);
  const auto sink = UringSink::Create(*driver, loop, *path, {}).value();
  const OwnCost cost;
  Send(*sink, loop, PureAck(*from, *to), *to, batch, count);
  cost.Print(count);
  TCPCOPY_CHECK(sink->stats().packets == count);
  return 0;
}

}  // namespace
}  // namespace tcpcopy::bench

int main(int argc, char** argv) { return tcpcopy::bench::Main(argc, argv); }
