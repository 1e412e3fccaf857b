#include "src/app/client_intake.h"

#include <utility>
#include <vector>

#include "src/app/capture_filters.h"

namespace tcpcopy {

Result<void, StartError> ClientIntake::OpenFiles() {
  auto files = MergedCaptures::Open(options_.files, options_.filter);
  if (!files) return Fail("-i: " + files.error().message, 2);
  opened_files_ = std::move(*files);
  return {};
}

Result<void, StartError> ClientIntake::OpenInterfaces() {
  LiveOptions live;
  live.bpf_filter = ClientFilter(options_.targets, options_.filter, options_.transport, ports_);
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
  if (!opened) return Fail("-i: " + opened.error().message, 2);
  return {};
}

void ClientIntake::Start(EventLoop& loop, PacketHandler& clients, Events events) {
  loop_ = &loop;
  events_ = std::move(events);
  if (options_.IsFile()) return StartFiles(clients);
  FollowAddresses();
  interfaces_.Start(loop, clients, events_.of_interfaces);
}

void ClientIntake::StartFiles(PacketHandler& clients) {
  files_ = std::make_unique<PacedCaptures>(
      std::move(opened_files_),
      PacedCaptures::Settings{
          options_.files, options_.filter, {options_.speed, options_.longest_gap}, options_.rounds},
      PacedCaptures::Events{events_.on_error,
                            [this]() -> std::optional<bool> {
                              events_.on_round_end();
                              return std::nullopt;
                            }},
      *loop_);
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

void ClientIntake::DecideRound(bool another) {
  files_->Decide(another);
  loop_->Post(*pump_);
}

void ClientIntake::Stop() {
  if (pump_) pump_->Stop();
  interfaces_.Stop();
}

void ClientIntake::Wake() {
  if (!started()) return;
  if (pump_ && !pump_->stopped()) loop_->Post(*pump_);
  if (options_.IsFile()) return;
  LookUpAddresses();  // should that have failed, or nobody tell of changes
  interfaces_.OnSecond();
}

/// Looking each second would be too late for the first clients that come by a new address.
void ClientIntake::FollowAddresses() {
  auto changes = AddressChanges::Create(loop_->driver(), [this] { LookUpAddresses(); });
  if (!changes) return events_.of_interfaces.warn(changes.error().message);
  address_changes_ = std::move(*changes);
  LookUpAddresses();
}

void ClientIntake::LookUpAddresses() {
  const auto known = own_addresses_.Refresh();
  if (!known) events_.of_interfaces.warn(known.error().message);
}

}  // namespace tcpcopy
