#include "src/app/interface_captures.h"

#include <fmt/format.h>

#include <utility>

namespace tcpcopy {

Result<void, SourceError> InterfaceCaptures::Open(std::vector<LiveOptions> wanted) {
  for (LiveOptions& live : wanted) {
    places_.push_back({.wanted = std::move(live), .capture = nullptr, .pump = nullptr});
    if (auto opened = Open(places_.back()); !opened) return opened;
  }
  return {};
}

Result<void, SourceError> InterfaceCaptures::Open(Place& place) {
  auto capture = LiveCapture::Open(place.wanted);
  if (!capture) return Err(std::move(capture.error()));
  place.capture = std::move(*capture);
  return {};
}

void InterfaceCaptures::Reopen() {
  for (Place& place : places_) {
    if (!place.capture) Open(place);
  }
}

void InterfaceCaptures::Close() {
  for (Place& place : places_) Close(place);
}

void InterfaceCaptures::Close(Place& place) {
  if (place.capture) closed_ += place.capture->Stats();
  place.pump.reset();
  place.capture.reset();
}

void InterfaceCaptures::Start(EventLoop& loop, PacketHandler& handler, Events events) {
  loop_ = &loop;
  handler_ = &handler;
  events_ = std::move(events);
  for (Place& place : places_) {
    if (!place.capture) {
      if (const auto opened = Open(place); !opened) {
        OnLost(opened.error().message);
        continue;
      }
    }
    Start(place);
  }
}

void InterfaceCaptures::Start(Place& place) {
  PacketPump::Events events;
  events.on_error = [this](const std::string& why) { OnLost(why); };
  place.pump = std::make_unique<PacketPump>(*loop_, *place.capture, *handler_, std::move(events));
  place.pump->Start();
}

void InterfaceCaptures::Stop() {
  for (const Place& place : places_) {
    if (place.pump) place.pump->Stop();
  }
  loop_ = nullptr;
}

void InterfaceCaptures::OnLost(const std::string& why) {
  events_.warn(why + "; trying again each second");
}

void InterfaceCaptures::OnSecond() {
  if (loop_ == nullptr) return;  // stopped
  for (Place& place : places_) {
    if (place.pump && !place.pump->stopped()) {
      loop_->Post(*place.pump);  // that an interface disappeared shows only when it is read
      continue;
    }
    Close(place);
    if (!Open(place)) continue;
    Start(place);
    events_.log(fmt::format("interface {}: captured again", place.wanted.interface));
  }
}

std::vector<int> InterfaceCaptures::Sockets() const {
  std::vector<int> sockets;
  for (const Place& place : places_) {
    if (place.capture) sockets.push_back(place.capture->PollFd());
  }
  return sockets;
}

CaptureStats InterfaceCaptures::stats() const {
  CaptureStats sum = closed_;
  for (const Place& place : places_) {
    if (place.capture) sum += place.capture->Stats();
  }
  return sum;
}

}  // namespace tcpcopy
