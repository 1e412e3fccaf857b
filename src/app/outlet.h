#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "netstack/base/result.h"
#include "src/app/options/options.h"
#include "src/io/io_error.h"
#include "src/io/uring/auto_path.h"
#include "src/io/uring/link_layer_path.h"
#include "src/io/uring/send_path.h"
#include "src/replay/target_contact.h"

namespace tcpcopy {

/// Where packets leave this host: routed by the kernel, or at the link layer (--send, -o).
class Outlet {
 public:
  /// With --send=auto: what goes to a target that has said nothing for so many seconds after the
  /// first frames goes through IP. Something on this host may have to see it, such as a firewall
  /// rule that chooses the route.
  static constexpr int kSilentSeconds = 2;

  /// Needs the capabilities of either. Where it is to be the link layer, waits a moment for the
  /// next hops' MACs. The error is one line.
  static Result<std::unique_ptr<Outlet>, IoError> Open(const Options& options);

  SendPath& path() { return *path_; }
  /// Bytes of the largest IP packet: -M, or what the devices take when that is less.
  std::size_t mtu() const { return mtu_; }
  /// One line for the user.
  const std::string& description() const { return description_; }
  /// To be called each second: routes and neighbours change. Returns lines for the user, mostly
  /// none.
  std::vector<std::string> OnSecond(const TargetContacts& contacts);

  /// With --send=auto, where `target` is sent frames: from now on it is sent raw IP packets. False,
  /// and nothing changes, otherwise.
  bool GiveUpFramesTo(const IpAddress& target);
  /// Takes that back.
  void ReturnToFramesTo(const IpAddress& target);

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
  std::map<IpAddress, int> silent_seconds_;  // of targets that are sent frames and say nothing
  std::string description_;
};

/// What of `options` is about the link layer; with --send=auto of the targets to which there is a
/// next hop.
LinkLayerPath::Options LinkLayerPathOptions(const Options& options);
/// "10.0.2.2 by eth1 to 02:00:5e:10:00:02" and through which gateway, if any.
std::string NextHopText(const IpAddress& target, const NextHop& hop,
                        const LinkLayerPath::Macs& macs);

}  // namespace tcpcopy
