#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "src/app/intercept/catcher.h"
#include "src/intercept/address_rewrite.h"
#include "src/io/packet_pump.h"
#include "src/io/pcap/live_capture.h"

namespace tcpcopy {

/// Catches replies by looking at what passes the interfaces, in both directions: on the target they
/// leave, on an assistant host they arrive. As long as nobody wants any it does not look, unless
/// the user has said what for.
class CaptureCatcher final : public Catcher {
 public:
  struct Options {
    std::vector<std::string> interfaces;  // empty: all
    std::string filter;                   // -F
    std::vector<Endpoint> targets;        // --target: until those that are wanted are known
    std::vector<AddressRewrite> rewrites;
    std::uint16_t own_port = 0;  // from which we send replies to tcpcopy
  };
  /// Takes one line for the user.
  using Log = std::function<void(const std::string&)>;

  /// Tries whether it can capture. `loop` and `handler` are not owned. The error is one line.
  static Result<std::unique_ptr<CaptureCatcher>, std::string> Create(EventLoop& loop,
                                                                     PacketHandler& handler,
                                                                     Options options, Log log);

  Result<void, std::string> Catch(const Wanted& wanted) override;
  void OnSecond() override;
  CaptureStats Stats() const override;
  std::string Description() const override;

  /// How to capture replies with that much payload: each packet takes the snapshot's length of the
  /// buffer.
  static LiveOptions LiveOptionsFor(std::uint32_t payload_bytes);

 private:
  /// One interface.
  struct Place {
    std::string interface;
    std::unique_ptr<LiveCapture> capture;  // none: not looking, or lost
    std::unique_ptr<PacketPump> pump;
  };

  CaptureCatcher(EventLoop& loop, PacketHandler& handler, Options options, Log log);

  Result<void, std::string> Open(Place& place);
  Result<void, std::string> ChangeFilter(Place& place);
  void Close(Place& place);
  void OnError(const std::string& message);

  EventLoop& loop_;
  PacketHandler& handler_;
  const Options options_;
  const Log log_;
  LiveOptions live_;  // as it is now, without an interface
  bool looking_ = false;
  std::vector<Place> places_;
  CaptureStats closed_;  // of captures that are no more
};

}  // namespace tcpcopy
