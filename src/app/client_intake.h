#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/app/interface_captures.h"
#include "src/app/options/options.h"
#include "src/app/paced_captures.h"
#include "src/app/start_error.h"
#include "src/io/host/address_changes.h"
#include "src/io/host/host_addresses.h"
#include "src/io/packet_pump.h"
#include "src/replay/port_class.h"
#include "src/runtime/event_loop.h"

namespace tcpcopy {

/// Where the clients' packets come in: from interfaces, or from capture files.
class ClientIntake {
 public:
  struct Events {
    /// A file cannot go on; one line for the user.
    std::function<void(const std::string& why)> on_error;
    /// Nothing more comes from files.
    std::function<void()> on_end;
    /// Interfaces may go and come back.
    InterfaceCaptures::Events of_interfaces;
    /// Whether files may be read further; whoever makes it true calls `Wake`, or posts `reader`.
    std::function<bool()> may_read;
    /// Files are at their end, and would be read again. They wait for `DecideRound`.
    std::function<void()> on_round_end;
  };

  /// Takes in packets of interfaces from clients with `ports` only, and all packets of files.
  /// `own_addresses`, whose clients are captured live, are kept as they are now from the start on.
  /// Options and addresses are not owned.
  ClientIntake(const Options& options, const PortClass& ports, HostAddresses& own_addresses)
      : options_(options), ports_(ports), own_addresses_(own_addresses) {}
  ClientIntake(const ClientIntake&) = delete;
  ClientIntake& operator=(const ClientIntake&) = delete;

  Result<void, StartError> OpenFiles();
  /// From now on packets are kept for us.
  Result<void, StartError> OpenInterfaces();
  /// Who has to wait should not let their buffers fill.
  void CloseInterfaces() { interfaces_.Close(); }
  /// Opens those that were closed again. `Start` tells of those that cannot be, and tries on.
  void ReopenInterfaces() { interfaces_.Reopen(); }
  /// Of open interfaces, in the order of the options.
  std::vector<int> Sockets() const { return interfaces_.Sockets(); }

  /// Hands packets to `clients` from now on. `loop` and `clients` are not owned.
  void Start(EventLoop& loop, PacketHandler& clients, Events events);
  void Stop();
  /// Whether files are read again after all; for who was told of a round's end.
  void DecideRound(bool another);
  /// To be called each second.
  void Wake();
  /// Of files that were started; nullptr otherwise.
  Runnable* reader() { return pump_.get(); }

  bool started() const { return loop_ != nullptr; }
  /// Whether it was started, and nothing more will come.
  bool over() const { return pump_ != nullptr && pump_->stopped(); }
  /// Of interfaces.
  CaptureStats stats() const { return interfaces_.stats(); }
  /// Of files that were started; nullptr otherwise.
  const PacedCaptures* files() const { return files_.get(); }

 private:
  void StartFiles(PacketHandler& clients);
  void FollowAddresses();
  void LookUpAddresses();

  const Options& options_;
  const PortClass ports_;
  HostAddresses& own_addresses_;
  Events events_;
  std::unique_ptr<MergedCaptures> opened_files_;  // until the start
  std::unique_ptr<PacedCaptures> files_;
  std::unique_ptr<PacketPump> pump_;  // of files
  InterfaceCaptures interfaces_;
  std::unique_ptr<AddressChanges> address_changes_;
  EventLoop* loop_ = nullptr;
};

}  // namespace tcpcopy
