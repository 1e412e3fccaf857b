#include "src/app/client_intake.h"

#include <utility>
#include <vector>

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
  live.bpf_filter = ClientFilter(options_.targets, options_.filter, options_.transport);
  live.buffer_bytes = static_cast<int>(options_.capture_buffer);
  live.snapshot_bytes = options_.snaplen;
  std::vector<LiveOptions> wanted;
  for (const std::string& name :
       options_.interfaces.empty() ? std::vector<std::string>{"any"} : options_.interfaces) {
    live.interface = name;
    live.promiscuous = name != "any";
    wanted.push_back(live);
  }
  auto opened = interfaces_.Open(std::move(wanted));
  if (!opened) return Err(StartError{2, "-i: " + opened.error().message});
  return {};
}

void ClientIntake::Start(EventLoop& loop, PacketHandler& clients, Events events) {
  loop_ = &loop;
  events_ = std::move(events);
  if (options_.IsFile()) return StartFiles(clients);
  interfaces_.Start(loop, clients, events_.of_interfaces);
}

void ClientIntake::StartFiles(PacketHandler& clients) {
  files_ = std::make_unique<PacedCaptures>(
      std::move(opened_files_),
      PacedCaptures::Settings{
          options_.files, options_.filter, {options_.speed, options_.longest_gap}, options_.rounds},
      PacedCaptures::Events{events_.on_error, events_.on_round_end}, *loop_);
  PacketPump::Events events;
  events.on_end = [this] { events_.on_end(); };
  events.on_error = [this](const std::string& why) {
    events_.on_error(why);
    events_.on_end();
  };
  events.may_read = events_.may_read;
  pump_ = std::make_unique<PacketPump>(*loop_, *files_, clients, std::move(events));
  pump_->Start();
}

void ClientIntake::Stop() {
  if (pump_) pump_->Stop();
  interfaces_.Stop();
}

void ClientIntake::Wake() {
  if (pump_ && !pump_->stopped()) loop_->Post(*pump_);
  interfaces_.OnSecond();
}

}  // namespace tcpcopy
