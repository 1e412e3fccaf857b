#include "src/app/intercept/capture_catcher.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

#include "src/app/intercept/reply_filter.h"

namespace tcpcopy {
namespace {

constexpr std::uint32_t kHeaderBytes = 256;  // link, IP and TCP headers at their longest
constexpr std::uint32_t kLargestPacket = 65'536;
constexpr std::uint32_t kLeastBuffer = 8 << 20;
constexpr std::uint32_t kLargestBuffer = 64 << 20;  // 1,000 packets when each may be of the largest
constexpr std::uint32_t kPackets = 16'384;          // that the buffer holds, if it may
constexpr std::size_t kBatch = 256;

/// Takes what a capture brings that is not wanted any more.
struct Nobody final : PacketHandler {
  void OnPacket(const CapturedPacket&) override {}
};

void DrainInto(PacketHandler& handler, LiveCapture& capture) {
  while (true) {
    const auto status = capture.Drain(handler, kBatch);
    if (!status || *status != PacketSource::Status::kMore) return;
  }
}

void Add(CaptureStats& sum, const CaptureStats& stats) {
  sum.received += stats.received;
  sum.dropped_by_kernel += stats.dropped_by_kernel;
  sum.dropped_by_interface += stats.dropped_by_interface;
}

}  // namespace

LiveOptions CaptureCatcher::LiveOptionsFor(std::uint32_t payload_bytes) {
  // Replies must not wait for a block to fill, and then each packet takes the whole snapshot.
  LiveOptions live;
  live.incoming_only = false;
  live.immediate = true;
  const std::uint32_t snapshot = kHeaderBytes + std::min(payload_bytes, kLargestPacket);
  live.snapshot_bytes = static_cast<int>(snapshot);
  live.buffer_bytes =
      static_cast<int>(std::clamp(snapshot * kPackets, kLeastBuffer, kLargestBuffer));
  return live;
}

Result<std::unique_ptr<CaptureCatcher>, std::string> CaptureCatcher::Create(EventLoop& loop,
                                                                            PacketHandler& handler,
                                                                            Options options,
                                                                            Log log) {
  std::unique_ptr<CaptureCatcher> catcher(
      new CaptureCatcher(loop, handler, std::move(options), std::move(log)));
  if (auto done = catcher->Catch({.anyone = true, .payload_bytes = 0, .targets = {}}); !done) {
    return Err(done.error());
  }
  if (auto done = catcher->Catch({}); !done) return Err(done.error());
  catcher->closed_ = {};
  return catcher;
}

CaptureCatcher::CaptureCatcher(EventLoop& loop, PacketHandler& handler, Options options, Log log)
    : loop_(loop), handler_(handler), options_(std::move(options)), log_(std::move(log)) {
  for (const std::string& name :
       options_.interfaces.empty() ? std::vector<std::string>{"any"} : options_.interfaces) {
    places_.push_back({.interface = name, .capture = nullptr, .pump = nullptr});
  }
}

Result<void, std::string> CaptureCatcher::Catch(const Wanted& wanted) {
  LiveOptions live = LiveOptionsFor(wanted.payload_bytes);
  live.bpf_filter = CatchFilter(wanted.targets.empty() ? options_.targets : wanted.targets,
                                options_.rewrites, options_.filter, options_.own_port);
  const bool other_filter = live.bpf_filter != live_.bpf_filter;
  const bool other_snapshot = live.snapshot_bytes != live_.snapshot_bytes;
  live_ = std::move(live);
  looking_ = wanted.anyone || !options_.filter.empty() || !options_.targets.empty();
  for (Place& place : places_) {
    Result<void, std::string> done;
    if (!looking_) {
      Close(place);
    } else if (!place.capture || other_snapshot) {
      done = Open(place);
    } else if (other_filter) {
      done = ChangeFilter(place);
    }
    if (!done) return done;
  }
  return {};
}

/// The new capture runs before the old one ends, and begins where that ends: no reply is missed for
/// longer than it takes to look. It takes some 50 ms, though, in which none is relayed.
Result<void, std::string> CaptureCatcher::Open(Place& place) {
  LiveOptions live = live_;
  live.interface = place.interface;
  live.promiscuous = place.interface != "any";
  auto capture = LiveCapture::Open(live);
  if (!capture) return Err("-i: " + capture.error().message);
  if (place.capture) {
    DrainInto(handler_, *place.capture);
    Nobody nobody;
    DrainInto(nobody, **capture);
    Close(place);
  }
  place.capture = std::move(*capture);
  place.pump = std::make_unique<PacketPump>(
      loop_, *place.capture, handler_,
      PacketPump::Events{{}, [this](const std::string& message) { OnError(message); }, {}});
  place.pump->Start();
  return {};
}

Result<void, std::string> CaptureCatcher::ChangeFilter(Place& place) {
  DrainInto(handler_, *place.capture);
  auto done = place.capture->SetFilter(live_.bpf_filter);
  if (!done) return Err("-i: " + done.error().message);
  return {};
}

void CaptureCatcher::Close(Place& place) {
  if (place.capture) Add(closed_, place.capture->Stats());
  place.pump.reset();
  place.capture.reset();
}

void CaptureCatcher::OnError(const std::string& message) {
  log_(message + "; trying again each second");
}

void CaptureCatcher::OnSecond() {
  if (!looking_) return;
  for (Place& place : places_) {
    if (place.pump && !place.pump->stopped()) {
      loop_.Post(*place.pump);  // that an interface disappeared shows only when it is read
      continue;
    }
    Close(place);
    if (Open(place)) log_(fmt::format("interface {}: captured again", place.interface));
  }
}

CaptureStats CaptureCatcher::Stats() const {
  CaptureStats sum = closed_;
  for (const Place& place : places_) {
    if (place.capture) Add(sum, place.capture->Stats());
  }
  return sum;
}

std::string CaptureCatcher::Description() const {
  return options_.interfaces.empty()
             ? std::string("captured on all interfaces")
             : fmt::format("captured on {}", fmt::join(options_.interfaces, ", "));
}

}  // namespace tcpcopy
