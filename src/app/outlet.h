#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "netstack/base/result.h"
#include "src/app/options/options.h"
#include "src/io/io_error.h"
#include "src/io/uring/auto_path.h"
#include "src/io/uring/link_layer_path.h"
#include "src/io/uring/send_path.h"

namespace tcpcopy {

/// Where packets leave this host: routed by the kernel, or at the link layer (--send, -o).
class Outlet {
 public:
  /// With --send=auto: who has heard nothing for so many seconds after the first packets goes over
  /// to IP. Something on this host may have to see what it sends, such as an address translation.
  static constexpr int kSilentSeconds = 2;

  /// Needs the capabilities of either. Where it is to be the link layer, waits a moment for the
  /// next hops' MACs. The error is one line.
  static Result<std::unique_ptr<Outlet>, IoError> Open(const Options& options);

  SendPath& path() { return *path_; }
  /// Bytes of the largest IP packet: -M, or what the devices take when that is less.
  std::size_t mtu() const { return mtu_; }
  /// One line for the user.
  const std::string& description() const { return description_; }
  /// To be called each second: routes and neighbours change. `sent` packets have left so far, and
  /// `heard` replies have come. Returns a line for the user, mostly empty.
  std::string OnSecond(std::uint64_t sent, std::uint64_t heard);

 private:
  Outlet() = default;

  Result<void, IoError> OpenIp(const Options& options);
  Result<void, IoError> OpenLinkLayer(const Options& options);
  Result<void, IoError> OpenAuto(const Options& options);
  void LimitTo(std::size_t wanted, std::size_t possible);

  std::unique_ptr<SendPath> path_;
  // `path_`, if it is one of these.
  LinkLayerPath* link_layer_ = nullptr;
  AutoPath* auto_ = nullptr;
  std::size_t mtu_ = 0;
  int silent_seconds_ = 0;
  std::string description_;
};

/// What of `options` is about the link layer; with --send=auto of the targets to which there is a
/// next hop.
LinkLayerPath::Options LinkLayerPathOptions(const Options& options);
/// "10.0.2.2 by eth1 to 02:00:5e:10:00:02" and through which gateway, if any.
std::string NextHopText(const IpAddress& target, const NextHop& hop,
                        const LinkLayerPath::Macs& macs);

}  // namespace tcpcopy
