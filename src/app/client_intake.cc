#include "src/app/client_intake.h"

#include <algorithm>
#include <utility>

#include "src/app/capture_filters.h"

namespace tcpcopy {

Result<void, StartError> ClientIntake::OpenFiles() {
  auto files = MergedCaptures::Open(options_.files, options_.filter);
  if (!files) return Err(StartError{2, "-i: " + files.error().message});
  opened_files_ = std::move(*files);
  return {};
}

Result<void, StartError> ClientIntake::OpenInterfaces() {
  LiveOptions live;
  live.bpf_filter = ClientFilter(options_.targets, options_.filter);
  live.buffer_bytes = static_cast<int>(options_.capture_buffer);
  live.snapshot_bytes = options_.snaplen;
  for (const std::string& name :
       options_.interfaces.empty() ? std::vector<std::string>{"any"} : options_.interfaces) {
    live.interface = name;
    live.promiscuous = name != "any";
    auto capture = LiveCapture::Open(live);
    if (!capture) return Err(StartError{2, "-i: " + capture.error().message});
    captures_.push_back(std::move(*capture));
  }
  return {};
}

void ClientIntake::Start(EventLoop& loop, PacketHandler& clients, Events events) {
  loop_ = &loop;
  events_ = std::move(events);
  if (options_.IsFile()) {
    files_ = std::make_unique<PacedCaptures>(
        std::move(opened_files_),
        PacedCaptures::Settings{options_.files,
                                options_.filter,
                                {options_.speed, options_.longest_gap},
                                options_.rounds},
        PacedCaptures::Events{events_.on_error, events_.on_round_end}, loop);
    return Pump(*files_, clients);
  }
  if (captures_.empty()) {
    if (const auto opened = OpenInterfaces(); !opened) {
      events_.on_error(opened.error().message);
      return events_.on_end();
    }
  }
  for (const auto& capture : captures_) Pump(*capture, clients);
}

void ClientIntake::Pump(PacketSource& source, PacketHandler& clients) {
  PacketPump::Events events;
  events.on_end = [this] { events_.on_end(); };
  events.on_error = [this](const std::string& why) {
    events_.on_error(why);
    if (over()) events_.on_end();
  };
  if (options_.IsFile()) events.may_read = events_.may_read;
  pumps_.push_back(std::make_unique<PacketPump>(*loop_, source, clients, std::move(events)));
  pumps_.back()->Start();
}

void ClientIntake::Stop() {
  for (const auto& pump : pumps_) pump->Stop();
}

void ClientIntake::Wake() {
  for (const auto& pump : pumps_) {
    if (!pump->stopped()) loop_->Post(*pump);
  }
}

bool ClientIntake::over() const {
  return started() && std::ranges::all_of(pumps_, [](const auto& pump) { return pump->stopped(); });
}

CaptureStats ClientIntake::stats() const {
  CaptureStats sum;
  for (const auto& capture : captures_) {
    const CaptureStats stats = capture->Stats();
    sum.received += stats.received;
    sum.dropped_by_kernel += stats.dropped_by_kernel;
    sum.dropped_by_interface += stats.dropped_by_interface;
  }
  return sum;
}

}  // namespace tcpcopy
